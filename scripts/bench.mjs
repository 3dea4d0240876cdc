// `npm run bench`: builds what has changed and measures; `-- --short` for a quick look.
import { prepare } from './prepare.mjs'

await prepare({ forTests: true })
await import('../e2e/dist/bench/main.js')
