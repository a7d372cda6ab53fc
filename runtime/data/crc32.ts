/** The checksum of gzip, zip and PNG (CRC-32 of ISO 3309). */
export const crc32 = /* @__PURE__ */ checksum(0xedb88320)

/** The checksum of TFRecord and iSCSI (CRC-32C of RFC 3720). */
export const crc32c = /* @__PURE__ */ checksum(0x82f63b78)

/** By a polynomial with its bits reversed. */
function checksum(polynomial: number): (bytes: Uint8Array) => number {
  const table = Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? polynomial ^ (crc >>> 1) : crc >>> 1
    return crc
  })
  return (bytes) => {
    let crc = -1
    for (let i = 0; i < bytes.length; i++) crc = table[(crc ^ bytes[i]!) & 255]! ^ (crc >>> 8)
    return ~crc >>> 0
  }
}
