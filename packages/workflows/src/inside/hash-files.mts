import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { relative } from 'node:path'
import { glob } from './glob.mjs'

/** `hashFiles`: SHA-256 over the SHA-256 of each file, in the order of their paths; nothing for no file. As GitHub's runner computes it. */
const workspace = process.env['GITHUB_WORKSPACE'] ?? process.cwd()
const files = (await glob(process.argv.slice(2), workspace)).filter((file) => !relative(workspace, file).startsWith('..'))
const all = createHash('sha256')
for (const file of files) {
  const one = createHash('sha256')
  for await (const chunk of createReadStream(file)) one.update(chunk as Buffer)
  all.update(one.digest())
}
process.stdout.write(files.length === 0 ? '' : all.digest('hex'))
