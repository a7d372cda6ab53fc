/** One file is called after all of them, and no name of a file is longer than 255 bytes. */
const mostLetters = 255 - 'step-times-.json'.length

/**
 * Looks whether the files of models, which are called after them, are apart from each other and from all else that a
 * study leaves in the folder of a seed.
 *
 * @throws Error that says which name is taken, and by what.
 */
export function checkNames(names: readonly string[]): void {
  // There are file systems to which large letters are small ones.
  const plain = names.map((name) => name.toLowerCase())
  const refuse = (name: string, reason: string): never => {
    throw new Error(`a model cannot be called '${name}': ${reason}; give it another name`)
  }
  for (const [i, name] of names.entries()) {
    const small = plain[i]!
    if (/^\.+$/.test(name)) refuse(name, 'it names a folder that others are in')
    if (small === 'priors') refuse(name, 'that is where the priors are kept')
    if (small === 'plane.json') refuse(name, 'that is what happens in the plane')
    if (small === 'plane')
      refuse(name, 'what is found of it would be in plane.json, which is what happens in the plane')
    if (small.startsWith('step-times-')) refuse(name, 'so are the files of the times of steps')
    const twin = plain.indexOf(small)
    if (twin < i)
      refuse(
        name,
        names[twin] === name ? 'another is' : `'${names[twin]}' differs from it by the size of letters alone`,
      )
    for (const [ending, what] of [
      ['-generator', 'the run of its generator is'],
      ['.json', 'what is found of it is in a file that is'],
    ] as const)
      if (small.endsWith(ending) && plain.includes(small.slice(0, -ending.length)))
        refuse(name, `there is '${name.slice(0, -ending.length)}', and ${what} called '${name}'`)
  }
  // With what is between them.
  const { length: letters } = names.join('-')
  if (letters > mostLetters)
    throw new Error(
      `the names of the models have ${letters} letters in all; take shorter ones, of at most ${mostLetters}`,
    )
}
