import { chmod, mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Tokens } from './tokens.ts'

const day = 24 * 60 * 60_000
const ttlMs = 90 * day
const renewedBelowMs = 60 * day

/** The token for API, CLI and git on this machine, in a file that only its owner can read. A token that still holds for long is kept. */
export async function keepTokenFile(file: string, tokens: Tokens, now: () => number = Date.now): Promise<string> {
  const kept = await readFile(file, 'utf8').then(
    (text) => text.trim(),
    () => '',
  )
  const facts = kept === '' ? undefined : tokens.verify(kept)
  if (facts && facts.expiresAt - now() > renewedBelowMs) {
    await chmod(file, 0o600)
    return kept
  }
  const { token } = await tokens.issue({ username: 'admin', kind: 'api', ttlMs, label: 'Token file of this machine' })
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const temporary = `${file}.${process.pid}.tmp`
  const handle = await open(temporary, 'w', 0o600)
  try {
    await handle.writeFile(`${token}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(temporary, file)
  return token
}
