import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * Serves an empty page at / and modules by name, from this machine to itself: such pages may use WebGPU. The page at
 * /isolated is cross-origin isolated: such pages may share memory among threads.
 */
export async function serve(
  modules: ReadonlyMap<string, string>,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer(({ url }, response) => {
    const code = modules.get(`${url}`.slice(1))
    if (url === '/isolated') {
      response.setHeader('cross-origin-opener-policy', 'same-origin')
      response.setHeader('cross-origin-embedder-policy', 'require-corp')
    }
    if (url === '/' || url === '/isolated')
      response.setHeader('content-type', 'text/html').end('<!doctype html><link rel="icon" href="data:,">')
    else if (code !== undefined) response.setHeader('content-type', 'text/javascript').end(code)
    else response.writeHead(404).end()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}
