/** Selecting a kernel, showing what belongs to one, and choosing what boxes stand for. */
export const script = `
const all = (query) => [...document.querySelectorAll(query)]
const mark = (kernel, name) => {
  const own = String(kernel)
  for (const one of all('.kernel')) one.classList.toggle(name, one.dataset.kernel === own)
  document.querySelector('.graph').classList.toggle('some-' + name, kernel !== undefined)
  for (const one of all('.arrow')) {
    one.classList.toggle(name + '-in', one.dataset.to === own)
    one.classList.toggle(name + '-out', one.dataset.from === own)
  }
  for (const one of all('.part')) {
    one.classList.toggle(name + '-out', one.dataset.made === own)
    one.classList.toggle(name + '-in', one.dataset.read.split(' ').includes(own))
  }
}
const asked = () => location.hash.match(/^#kernel-(\\d+)$/)?.[1] ?? document.body.dataset.first
const select = (number) => {
  for (const one of all('article')) one.hidden = one.id !== 'about-' + number
  document.querySelector('aside').scrollTop = 0
  mark(number, 'chosen')
}
const go = (number) => {
  // Where a page has no address of its own it cannot be changed.
  try { history.replaceState(null, '', '#kernel-' + number) } catch {}
  select(number)
  document.querySelector('.kernel.chosen')?.scrollIntoView({ block: 'nearest' })
}
for (const one of all('.kernel')) {
  one.addEventListener('click', () => go(one.dataset.kernel))
  one.addEventListener('keydown', (event) => {
    const next = { ArrowDown: 'nextElementSibling', ArrowUp: 'previousElementSibling' }[event.key]
    const to = next ? one[next] : event.key === 'Enter' ? one : undefined
    if (!to?.dataset.kernel) return
    event.preventDefault()
    to.focus()
    go(to.dataset.kernel)
  })
  one.addEventListener('mouseenter', () => mark(one.dataset.kernel, 'over'))
  one.addEventListener('mouseleave', () => mark(undefined, 'over'))
}
for (const one of all('.part')) one.addEventListener('click', () => go(one.dataset.made))
document.addEventListener('click', (event) => {
  const link = event.target.closest?.('a[href^="#kernel-"]')
  if (!link) return
  event.preventDefault()
  go(link.hash.slice(8))
})
for (const one of all('button[data-measure]'))
  one.addEventListener('click', () => {
    for (const other of all('button[data-measure]')) other.ariaPressed = String(other === one)
    for (const kernel of all('.kernel')) {
      const [width, ...figure] = kernel.dataset[one.dataset.measure.toLowerCase()].split(' ')
      kernel.querySelector('.box').setAttribute('width', width)
      kernel.querySelector('.figure').textContent = figure.join(' ')
    }
  })
addEventListener('hashchange', () => select(asked()))
select(asked())
`
