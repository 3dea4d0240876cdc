/** The worker's side: loaded where templates are filled in, and nowhere else. */
export { fill, read } from './fill.ts'
export { TemplateLimitError } from '../template/index.ts'
