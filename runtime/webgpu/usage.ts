/** https://www.w3.org/TR/webgpu/#namespacedef-gpubufferusage: not every host has these as globals. */
export const mapRead = 0x01
export const copySource = 0x04
export const copyDestination = 0x08
export const uniform = 0x40
export const storage = 0x80
export const queryResolve = 0x200

/** GPUMapMode.READ and GPUShaderStage.COMPUTE. */
export const forReading = 0x1
export const computeStage = 0x4
