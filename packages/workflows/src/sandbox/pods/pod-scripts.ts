import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

/** Of what was built of this package: the agent, what it is made of, and our scripts that run inside. */
const folders: Record<string, RegExp> = {
  inside: /\.mjs$/,
  sandbox: /^(job-files|job-folders|launch-script|start-in-pipes|step-output)\.js$/,
  'sandbox/pods': /^(frames|link|link-stream)\.js$/,
  step: /^command-files\.js$/,
}
/** execve(2): one variable of an environment. */
const mostBytes = 128 * 1024 - 100

/** All of them as one variable of a pod's environment: file by path, as JSON, gzip, base64url (which holds nothing that anybody would expand). */
export async function podScripts(): Promise<string> {
  const built = fileURLToPath(new URL('../../../dist', import.meta.url))
  const files: Record<string, string> = { 'package.json': '{"type":"module"}' }
  for (const [folder, wanted] of Object.entries(folders)) {
    for (const name of await readdir(join(built, folder))) {
      if (wanted.test(name)) files[`${folder}/${name}`] = await readFile(join(built, folder, name), 'utf8')
    }
  }
  const packed = (await promisify(gzip)(JSON.stringify(files), { level: 9 })).toString('base64url')
  if (packed.length > mostBytes) throw new Error(`The scripts for pods have ${packed.length} bytes, and ${mostBytes} fit into a variable.`)
  return packed
}
