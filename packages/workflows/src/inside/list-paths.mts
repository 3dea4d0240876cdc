import { glob } from './glob.mjs'

/** What patterns stand for, each ended by a zero: a folder that matches as one, as the cache action takes it. */
const workspace = process.env['GITHUB_WORKSPACE'] ?? process.cwd()
const paths = await glob(process.argv.slice(2), workspace, { matchDirectories: true, descends: false })
process.stdout.write(paths.map((path) => `${path}\0`).join(''))
