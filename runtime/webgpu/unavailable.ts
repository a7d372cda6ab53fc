/** Why there is no adapter, and what to do, here. */
export function noAdapter(): string {
  const isPage = typeof document === 'object' || 'WorkerGlobalScope' in globalThis
  const todo = !isPage
    ? "in Node, install the package 'webgpu' and a driver of Vulkan, Metal or Direct3D 12 (Mesa's on Linux), or compute in software: openDevice('webgpu', await nodeGpu({ software: true }))"
    : globalThis.isSecureContext
      ? 'look at chrome://gpu or about:support for why the browser does not use the GPU; in Chrome on Linux start it with --enable-unsafe-webgpu'
      : 'WebGPU is there for secure contexts only: serve the page over https or from localhost'
  return `expected a WebGPU adapter and found none: the GPU or its driver is missing or not supported; ${todo}; openDevice('cpu') runs without`
}

/** The same where there is no WebGPU to ask for one. */
export const noWebGpu = (): string =>
  globalThis.process?.versions?.node !== undefined
    ? "Node has no WebGPU of its own; npm install webgpu, and openDevice('webgpu', await nodeGpu()) with nodeGpu of 'fluxion/node'; openDevice('cpu') runs without"
    : noAdapter()
