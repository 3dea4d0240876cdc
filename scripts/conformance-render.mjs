// `npm run conformance:render`: builds what has changed and compares our renders with those of helm and kubectl. `-- --help` says more.
import { prepare } from './prepare.mjs'

await prepare({ forTests: true })
await import('../e2e/dist/conformance/main.js')
