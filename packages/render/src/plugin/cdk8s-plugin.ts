import { fileURLToPath } from 'node:url'
import type { ConfigManagementPlugin } from './config-management-plugin.ts'

/** In the sources this runs from `src` under the test runner; a program needs the built file. */
const runnerURL = new URL(import.meta.url.endsWith('.ts') ? '../../dist/plugin/cdk8s-runner.js' : './cdk8s-runner.js', import.meta.url)

/**
 * cdk8s applications in TypeScript and JavaScript: found by their `cdk8s.yaml`, whose `app` is run by Node.js without a network download and without a
 * shell. What the program needs has to be there:
 * - in the repository: one bundled file (`app: node dist/main.js`), or its `node_modules`;
 * - or in `modules`, a `node_modules` folder of the operator (cdk8s, constructs, typescript, ts-node), which every such application may import.
 * TypeScript runs through a `ts-node` from there, or by Node.js itself where it takes types out. The program reads and writes its own copy, and starts no
 * others (Node.js' permission model).
 */
export function cdk8sPlugin(options: { modules?: string; node?: string } = {}): ConfigManagementPlugin {
  const node = options.node ?? process.execPath
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'ConfigManagementPlugin',
    metadata: { name: 'cdk8s-typescript' },
    spec: {
      generate: { command: [node, fileURLToPath(runnerURL)], args: options.modules === undefined ? [] : [options.modules] },
      discover: { fileName: 'cdk8s.yaml' },
    },
  }
}
