import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'

/** DVC reads in pieces of this size, and a line end that one cuts in two stays as it is. */
const pieceBytes = 1024 * 1024
const lookedAtBytes = 512

/**
 * The digest under which DVC 2 kept a file (`md5-dos2unix` of dvc-data 3.18): texts as if they had Unix line ends, each piece of a MiB for itself.
 * Answers with 32 hex digits.
 */
export async function legacyMd5(path: string): Promise<string> {
  const hash = createHash('md5')
  const piece = Buffer.alloc(pieceBytes)
  const file = await open(path)
  try {
    for (;;) {
      let filled = 0
      while (filled < pieceBytes) {
        const { bytesRead } = await file.read(piece, filled, pieceBytes - filled)
        if (bytesRead === 0) break
        filled += bytesRead
      }
      if (filled === 0) return hash.digest('hex')
      const read = piece.subarray(0, filled)
      hash.update(isText(read.subarray(0, lookedAtBytes)) ? withUnixLineEnds(read) : read)
    }
  } finally {
    await file.close()
  }
}

/** No zero byte, and at most 30 % of what no ASCII text has. */
function isText(block: Buffer): boolean {
  let odd = 0
  for (const byte of block) {
    if (byte === 0) return false
    const isUsual = (byte >= 32 && byte < 127) || (byte >= 8 && byte <= 10) || byte === 12 || byte === 13
    if (!isUsual) odd++
  }
  return odd / block.length <= 0.3
}

function withUnixLineEnds(piece: Buffer): Buffer {
  const kept = Buffer.alloc(piece.length)
  let length = 0
  for (let at = 0; at < piece.length; at++) {
    if (piece[at] === 13 && piece[at + 1] === 10) continue
    kept[length++] = piece[at] as number
  }
  return kept.subarray(0, length)
}
