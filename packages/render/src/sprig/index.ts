/**
 * The functions that a template may call, by name: those of sprig 3.3 and Helm's own that need no engine. Every text is a string of bytes.
 *
 * - function table: functions by name; one file for each of sprig's chapters.
 * - must function: fails where its plain sibling gives nothing; where the plain one panics, both fail in the same words.
 */
import type { GoFunction } from '../go/value.ts'
import type { FunctionContext } from './contract.ts'
import { aesFunctions } from './crypto/aes.ts'
import { certificateFunctions } from './crypto/certificates.ts'
import { passwordFunctions } from './crypto/passwords.ts'
import { randomFunctions } from './crypto/random-text.ts'
import { dateFunctions } from './dates.ts'
import { defaultFunctions } from './defaults.ts'
import { dictFunctions } from './dicts.ts'
import { documentFunctions } from './documents.ts'
import { encodingFunctions } from './encodings.ts'
import { fixed, type FunctionTable } from './go-function.ts'
import { listFunctions } from './lists.ts'
import { numberFunctions } from './numbers.ts'
import { pathFunctions } from './paths.ts'
import { reflectionFunctions } from './reflections.ts'
import { regexFunctions } from './regexes.ts'
import { semverFunctions } from './semvers.ts'
import { textFunctions } from './texts.ts'
import { textListFunctions } from './text-lists.ts'
import { urlFunctions } from './urls.ts'
import { wordCaseFunctions } from './word-case.ts'
import { wrappingFunctions } from './wrapping.ts'

export type { FunctionContext, TemplateFunctions } from './contract.ts'

/** Everything but the engine's own `include`, `tpl`, `required`, `lookup` and `fail`. The map is the caller's to add these to. */
export function templateFunctions(context: FunctionContext, version: '3' | '4'): Map<string, GoFunction> {
  const tables: readonly FunctionTable[] = [
    textFunctions,
    textListFunctions,
    wordCaseFunctions,
    wrappingFunctions,
    defaultFunctions,
    dictFunctions,
    listFunctions,
    numberFunctions,
    reflectionFunctions,
    encodingFunctions,
    regexFunctions,
    pathFunctions,
    dateFunctions(context),
    randomFunctions(context),
    passwordFunctions(context),
    aesFunctions(context),
    certificateFunctions(context, version === '3' ? 'sha1' : 'sha256'),
    semverFunctions(version === '3' ? '3.3' : '3.4'),
    urlFunctions(version === '4'),
    documentFunctions(version),
    // A name that is looked up on the network is never found: no template decides whom we call.
    { getHostByName: fixed(['string'], () => '') },
  ]
  return new Map(tables.flatMap((table) => Object.entries(table)))
}
