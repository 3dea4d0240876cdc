import { cryptoFacts } from './crypto.ts'
import { dateFacts } from './dates.ts'
import { dictFacts } from './dicts.ts'
import { documentFacts } from './documents.ts'
import type { Fact } from './fact.ts'
import { listFacts } from './lists.ts'
import { numberFacts } from './numbers.ts'
import { regexFacts } from './regexes.ts'
import { semverFacts } from './semvers.ts'
import { textListFacts } from './text-lists.ts'
import { textFacts } from './texts.ts'
import { urlFacts } from './urls.ts'

export { factValues, resultFor, type Fact, type Result } from './fact.ts'

export const facts: Readonly<Record<string, readonly Fact[]>> = {
  text: textFacts,
  'lists of text': textListFacts,
  lists: listFacts,
  dicts: dictFacts,
  numbers: numberFacts,
  patterns: regexFacts,
  versions: semverFacts,
  'URLs, paths and encodings': urlFacts,
  documents: documentFacts,
  dates: dateFacts,
  cryptography: cryptoFacts,
}
