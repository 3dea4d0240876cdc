import type { BuiltinAction } from './action-call.ts'
import { downloadArtifact, uploadArtifact } from './artifacts.ts'
import { cache, cacheRestore, cacheSave } from './cache.ts'
import { checkout } from './checkout.ts'
import { githubScript } from './github-script.ts'
import { setupNode, setupPython } from './setup-language.ts'

/** Actions that need no network, by `owner/repository[/path]`. Any ref of theirs is ours. */
export const builtinActions: ReadonlyMap<string, BuiltinAction> = new Map([
  ['actions/checkout', checkout],
  ['actions/setup-node', setupNode],
  ['actions/setup-python', setupPython],
  ['actions/cache', cache],
  ['actions/cache/restore', cacheRestore],
  ['actions/cache/save', cacheSave],
  ['actions/upload-artifact', uploadArtifact],
  ['actions/download-artifact', downloadArtifact],
  ['actions/github-script', githubScript],
])
