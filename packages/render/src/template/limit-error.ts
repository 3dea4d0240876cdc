import { TemplateError } from './contract.ts'

/** A limit was reached: the render ends with this, and no function that called a template wraps it into an error of its own. */
export class TemplateLimitError extends TemplateError {}

/** What V8 throws when the stack is full; other RangeErrors (a text that is too long) are ordinary errors of a function. */
export function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError && error.message.includes('call stack')
}
