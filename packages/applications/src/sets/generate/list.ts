import { type ListGenerator, PlimsollError } from '@plimsoll/api'
import { isObject } from '../../json.ts'
import type { Asked, Generator } from './generator.ts'
import type { Parameters } from './parameters.ts'
import { isGo } from './values.ts'

/** Parameters as they are written down, in the spec or in a text of YAML that a matrix has filled in. */
export const list: Generator<ListGenerator> = {
  async generate({ elements, elementsYaml }, asked) {
    const written = (elements ?? []).map((element, index) => {
      const where = `${asked.where}.elements[${index}]`
      if (!isObject(element)) throw invalid(`${where}: must be a map of parameters`)
      return isGo(asked) ? element : asTexts(element, where)
    })
    if (!elementsYaml) return written
    return [...written, ...(await readElements(elementsYaml, asked))]
  },
}

async function readElements(text: string, asked: Asked): Promise<Parameters[]> {
  const where = `${asked.where}.elementsYaml`
  const [document] = await asked.sources.templates.read([text])
  if (document === undefined || 'problem' in document) throw invalid(`${where}: ${document?.problem ?? 'could not be read'}`)
  if (document.value === null) return []
  if (!Array.isArray(document.value)) throw invalid(`${where}: must be a list of maps`)
  return document.value.map((element: unknown, index) => {
    if (!isObject(element)) throw invalid(`${where}[${index}]: must be a map of parameters`)
    return element
  })
}

/** The older dialect knows texts alone: `values` are taken apart, anything else that is no text is refused. */
function asTexts(element: Record<string, unknown>, where: string): Parameters {
  const entries = Object.entries(element).flatMap(([name, value]): [string, unknown][] => {
    if (name !== 'values') return [[name, value]]
    if (!isObject(value)) throw invalid(`${where}.values: must be a map of texts`)
    return Object.entries(value).map(([key, item]) => [`values.${key}`, item])
  })
  for (const [name, value] of entries)
    if (typeof value !== 'string') throw invalid(`${where}.${name}: must be a text, or spec.goTemplate true`)
  return Object.fromEntries(entries)
}

function invalid(message: string): PlimsollError {
  return new PlimsollError('invalid-application-set', `${message}.`)
}
