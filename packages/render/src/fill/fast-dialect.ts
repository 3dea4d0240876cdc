import { TemplateLimitError } from '../template/index.ts'
import type { Parameters } from './contract.ts'
import { FillProblem, shown, type TextFiller } from './go-dialect.ts'

/**
 * Argo CD's older dialect: `{{ name }}` is the parameter of that name where there is one and it is a text, and stays as it is where not
 * (valyala/fasttemplate, argo-cd `applicationset/utils/utils.go`). A text counts as a template when a tag opens and closes on one line of it.
 */
export class FastDialect {
  readonly #outputBytes: number
  #written = 0

  constructor(outputBytes: number) {
    this.#outputBytes = outputBytes
  }

  fillerFor(parameters: Parameters): TextFiller {
    return (text) => {
      const filled = /\{\{.*\}\}/.test(text) ? this.#fill(text, parameters) : text
      this.#count(filled.length)
      return filled
    }
  }

  #fill(text: string, parameters: Parameters): string {
    let filled = ''
    let at = 0
    for (;;) {
      const start = text.indexOf('{{', at)
      if (start < 0) return filled + text.slice(at)
      const end = text.indexOf('}}', start + 2)
      if (end < 0) throw new FillProblem(`${shown(text)}: a tag is opened by {{ and not closed by }}`)
      const name = text.slice(start + 2, end).trim()
      const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined
      filled += text.slice(at, start)
      filled += typeof value === 'string' && name !== '' ? value : text.slice(start, end + 2)
      at = end + 2
      if (filled.length > this.#outputBytes) this.#count(filled.length)
    }
  }

  #count(length: number): void {
    this.#written += length
    if (this.#written > this.#outputBytes) throw new TemplateLimitError(`output is larger than ${this.#outputBytes} bytes`)
  }
}
