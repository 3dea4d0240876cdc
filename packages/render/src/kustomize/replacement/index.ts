export { readReplacements } from './read-replacements.ts'
export { applyReplacements, type Replacement } from './replace.ts'
export { expandVariables } from './variable-text.ts'
export { resolveVariables } from './variables.ts'
