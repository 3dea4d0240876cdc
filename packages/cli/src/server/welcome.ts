import { isAbsolute, relative } from 'node:path'
import type { RunningServer } from '@plimsoll/server'
import { defaultDataDir } from './data-dir.ts'
import { demoApplicationName, demoName } from './demo.ts'

export interface WelcomeFacts {
  dataDir: string
  kubeconfig: string
  context?: string | undefined
  gatewayUrl: string | undefined
  demo: boolean
  tookMs: number
  /** Why the cluster cannot be used yet. */
  clusterProblem: string | undefined
}

/** What somebody reads who has just started it. */
export function welcome(server: RunningServer, facts: WelcomeFacts): string {
  const seconds = `${(facts.tookMs / 1000).toFixed(1)} s`
  const head =
    facts.clusterProblem === undefined ? `Plimsoll is up after ${seconds}.` : 'Plimsoll is up, but its cluster does not answer yet.'
  const lines = ['', head]
  if (facts.clusterProblem !== undefined) lines.push(`  ${facts.clusterProblem}`, '  It goes on trying, and says here when it works.')
  lines.push(
    '',
    `  Console      ${server.url}`,
    `  Sign in      ${server.createSignInLink()}`,
    '               (works once, for 15 minutes)',
  )
  if (server.initialPassword !== undefined) {
    lines.push(
      `  Or as        ${server.username}, password ${server.initialPassword}`,
      '               (shown this one time; a new one: npx plimsoll admin password)',
    )
  }
  lines.push(`  Kubeconfig   ${shortPath(facts.kubeconfig)}${facts.context === undefined ? '' : `, context ${facts.context}`}`)
  lines.push(`  API token    ${shortPath(server.tokenFile)} (also the password for git)`)
  if (facts.gatewayUrl !== undefined) lines.push(`  Services     ${facts.gatewayUrl.replace('127.0.0.1', 'NAME.NAMESPACE.localhost')}`)
  if (facts.clusterProblem === undefined) lines.push('', 'Three things to try:', ...thingsToTry(server, facts), '')
  else lines.push('', `To see what it sees:  ${kubectl(facts)} get namespaces`, '')
  lines.push(facts.gatewayUrl === undefined ? 'Ctrl-C stops it.' : 'Ctrl-C stops it, and every process it started.', '')
  return lines.join('\n')
}

function thingsToTry(server: RunningServer, facts: WelcomeFacts): string[] {
  const git = new URL(`${server.url}/git/`)
  const isDemo = facts.demo && facts.gatewayUrl !== undefined
  const address = `http://${server.username}:$(cat ${shortPath(server.tokenFile)})@${git.host}/git/${isDemo ? demoName : 'my-app'}.git`
  const cli = facts.dataDir === defaultDataDir() ? 'npx plimsoll' : `PLIMSOLL_DATA_DIR=${shortPath(facts.dataDir)} npx plimsoll`
  if (isDemo) {
    const port = new URL(facts.gatewayUrl ?? '').port
    return [
      `  1. Ask the served model:   curl -s http://${demoName}.${demoApplicationName('production')}.localhost:${port}/`,
      `  2. Propose a better one:  ${cli} demo improve   (or a worse one: demo regress), and follow it in the console`,
      `  3. Look at the cluster:    ${cli} app resources ${demoApplicationName('production')}`,
      `                             ${kubectl(facts)} get pods -A`,
    ]
  }
  return [
    `  1. Push a repository:      git push ${address} HEAD:main`,
    `  2. Deploy its manifests:   ${cli} app create my-app --repo ${server.url}/git/my-app.git --path . \\`,
    '                               --dest-server https://kubernetes.default.svc --dest-namespace default --sync-policy automated',
    `  3. Look at the cluster:    ${kubectl(facts)} get pods -A`,
  ]
}

function kubectl({ kubeconfig, context }: WelcomeFacts): string {
  return `kubectl --kubeconfig ${shortPath(kubeconfig)}${context === undefined ? '' : ` --context ${context}`}`
}

/** Relative where that is shorter, and quoted for a shell where it must be. */
function shortPath(path: string): string {
  const near = relative(process.cwd(), path)
  const short = near !== '' && !near.startsWith('..') && !isAbsolute(near) ? near : path
  return /^[\w@%+=:,./~-]+$/.test(short) ? short : `'${short.replaceAll("'", String.raw`'\''`)}'`
}
