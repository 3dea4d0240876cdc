import { closeSync, constants, fchmodSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KubeObject } from '@plimsoll/kube'
import { CommandFailure } from '../exit-code.ts'
import { toYaml } from '../output/print.ts'

const folders: Readonly<Record<string, string>> = {
  Application: 'applications',
  AppProject: 'projects',
  ApplicationSet: 'applicationsets',
  ConfigMap: 'settings',
  Secret: 'secrets',
}

/** One file for each object: `applications/shop.yaml`, `applications/team-a_shop.yaml` of another namespace than the control plane's. Nothing is written through a link, and Secrets are for the user alone. */
export function writeFolder(folder: string, objects: readonly KubeObject[], controlPlane: string): void {
  for (const object of objects) {
    const below = join(folder, folders[object.kind] ?? 'others')
    const { name, namespace } = object.metadata
    const file = join(below, `${namespace === undefined || namespace === controlPlane ? '' : `${namespace}_`}${name}.yaml`)
    const mode = object.kind === 'Secret' ? 0o600 : 0o644
    try {
      mkdirSync(below, { recursive: true, ...(object.kind === 'Secret' && { mode: 0o700 }) })
      const opened = openSync(file, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW, mode)
      try {
        // One that was there before keeps its mode.
        fchmodSync(opened, mode)
        writeFileSync(opened, toYaml(object))
      } finally {
        closeSync(opened)
      }
    } catch (error) {
      throw new CommandFailure(`${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`, {
        remedy: 'Name another folder with --out, and run the command again.',
      })
    }
  }
}
