import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { ServerOptions } from '@plimsoll/server'
import { parseAllDocuments } from 'yaml'
import { CommandFailure } from '../exit-code.ts'

/** Plugins that the operator has declared. What lies in the folder may be used by every application; nothing else may. */
export async function readPlugins(options: { plugins?: string; cdk8s?: boolean | string }): Promise<NonNullable<ServerOptions['plugins']>> {
  const { cdk8sPlugin, readPlugin } = await import('@plimsoll/render')
  const plugins: NonNullable<ServerOptions['plugins']>[number][] = []
  if (options.plugins !== undefined) {
    for (const file of filesIn(resolve(options.plugins))) {
      for (const document of parseAllDocuments(readFileSync(file, 'utf8'))) {
        try {
          const [fault] = document.errors
          if (fault) throw fault
          plugins.push(readPlugin(document.toJS({ maxAliasCount: 100 })))
        } catch (error) {
          throw new CommandFailure(`${file}: ${error instanceof Error ? error.message : String(error)}`, {
            remedy: 'Correct it, or take it out of the folder.',
          })
        }
      }
    }
  }
  if (options.cdk8s !== undefined && options.cdk8s !== false) {
    plugins.push(cdk8sPlugin(typeof options.cdk8s === 'string' ? { modules: resolve(options.cdk8s) } : {}))
  }
  return plugins
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /\.ya?ml$/.test(name))
      .toSorted()
      .map((name) => join(folder, name))
  } catch (error) {
    throw new CommandFailure(`--plugins ${folder}: ${error instanceof Error ? error.message : String(error)}`, {
      remedy: 'Give a folder that is there.',
    })
  }
}
