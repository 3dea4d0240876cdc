// `npm run bench:render`: builds what has changed and measures rendering beside helm and kubectl; `-- --short` for a quick look.
import { prepare } from './prepare.mjs'

await prepare({ forTests: true })
await import('../e2e/dist/bench/render.js')
