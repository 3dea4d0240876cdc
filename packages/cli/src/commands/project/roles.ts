import type { AppProject, ProjectRole, ProjectToken } from '@plimsoll/api'
import { type Command, Option } from 'commander'
import { CommandFailure } from '../../exit-code.ts'
import { note, print, printStructured, requireOutput } from '../../output/print.ts'
import { field, table } from '../../output/table.ts'
import { readDuration } from '../account-tokens.ts'
import { addSwitch } from '../arguments.ts'
import { confirm } from '../confirm.ts'
import { withClient } from '../with-client.ts'
import { changeProject, projectPath, readProject } from './project-change.ts'

/** `plimsoll proj role …`. */
export function addRoles(project: Command): void {
  const role = project.command('role').description('roles of a project, what they may, and their tokens')
  addShow(role)
  addRole(role)
  addPolicies(role)
  addGroups(role)
  addTokens(role)
}

function addShow(role: Command): void {
  const list = role
    .command('list <PROJECT>')
    .description('list the roles of a project')
    .option('-o, --output <format>', 'wide, name, json, yaml', 'wide')
  list.action(async (name: string, { output }: { output: string }) => {
    requireOutput(output, ['wide', '', 'name', 'json', 'yaml'])
    await withClient(list, async (client) => {
      const roles = (await readProject(client, name)).spec.roles ?? []
      if (output === 'name') for (const one of roles) print(one.name)
      else if (!printStructured(roles, output))
        print(
          table(
            ['ROLE-NAME', 'DESCRIPTION'],
            roles.map((one) => [one.name, one.description]),
          ),
        )
    })
  })

  const get = role.command('get <PROJECT> <ROLE>').description('show a role of a project: what it may, and its tokens')
  get.action(async (name: string, roleName: string) => {
    await withClient(get, async (client) => {
      const found = await readProject(client, name)
      const one = (found.spec.roles ?? []).find((known) => known.name === roleName)
      if (!one) throw noSuchRole(name, roleName)
      print(field('Role Name:', one.name))
      print(field('Description:', one.description))
      print('Policies:')
      print(`p, proj:${name}:${roleName}, projects, get, ${name}, allow`)
      for (const policy of one.policies ?? []) print(policy)
      print('Groups:')
      for (const group of one.groups ?? []) print(group)
      print('JWT Tokens:')
      print(tokenTable(tokensOf(found, roleName)))
    })
  })
}

function addRole(role: Command): void {
  const create = role
    .command('create <PROJECT> <ROLE>')
    .description('create a role of a project')
    .option('--description <text>', 'what it is for')
  create.action(async (name: string, roleName: string, { description }: { description?: string }) => {
    await withClient(create, async (client) => {
      await changeProject(client, name, (spec) => {
        if ((spec.roles ?? []).some((one) => one.name === roleName)) throw new CommandFailure(`Role '${roleName}' is there already.`)
        return { ...spec, roles: [...(spec.roles ?? []), { name: roleName, ...(description !== undefined && { description }) }] }
      })
      note(`Role '${roleName}' created`)
    })
  })

  const remove = role.command('delete <PROJECT> <ROLE>').description('delete a role of a project; its tokens end at once')
  remove.action(async (name: string, roleName: string) => {
    await withClient(remove, async (client) => {
      await changeProject(client, name, (spec) => {
        if (!(spec.roles ?? []).some((one) => one.name === roleName)) throw noSuchRole(name, roleName)
        return { ...spec, roles: (spec.roles ?? []).filter((one) => one.name !== roleName) }
      })
      note(`Role '${roleName}' deleted`)
    })
  })
}

function addPolicies(role: Command): void {
  for (const verb of ['add', 'remove'] as const) {
    const command = role
      .command(`${verb}-policy <PROJECT> <ROLE>`)
      .description(verb === 'add' ? 'give a role a policy' : 'take a policy from a role')
      .requiredOption('-a, --action <action>', 'get, create, update, sync, delete …')
      .requiredOption('-o, --object <name>', 'an application of the project, by name or pattern')
      .addOption(new Option('-p, --permission <effect>', 'what it says').choices(['allow', 'deny']).default('allow'))
      .option('-r, --resource <resource>', 'what the object is', 'applications')
    command.action(
      async (name: string, roleName: string, options: { action: string; object: string; permission: string; resource: string }) => {
        const policy = `p, proj:${name}:${roleName}, ${options.resource}, ${options.action}, ${name}/${options.object}, ${options.permission}`
        const plain = (line: string): string =>
          line
            .split(',')
            .map((part) => part.trim())
            .join(',')
        await withClient(command, (client) =>
          changeRole(client, name, roleName, (one) => {
            const policies = one.policies ?? []
            if (verb === 'add') return { ...one, policies: [...policies, policy] }
            const kept = policies.filter((line) => plain(line) !== plain(policy))
            if (kept.length === policies.length) throw new CommandFailure(`Role '${roleName}' has no policy '${policy}'.`)
            return { ...one, policies: kept }
          }),
        )
      },
    )
  }
}

function addGroups(role: Command): void {
  for (const verb of ['add', 'remove'] as const) {
    const command = role
      .command(`${verb}-group <PROJECT> <ROLE> <GROUP>`)
      .description(verb === 'add' ? 'give a group a role' : 'take a role from a group')
    command.action(async (name: string, roleName: string, group: string) => {
      await withClient(command, async (client) => {
        await changeRole(client, name, roleName, (one) => {
          const groups = one.groups ?? []
          if (groups.includes(group) === (verb === 'add'))
            throw new CommandFailure(
              `Group '${group}' ${verb === 'add' ? 'has role' : 'does not have role'} '${roleName}'${verb === 'add' ? ' already' : ''}.`,
            )
          return { ...one, groups: verb === 'add' ? [...groups, group] : groups.filter((known) => known !== group) }
        })
        note(`Group '${group}' ${verb === 'add' ? 'added to' : 'removed from'} role '${roleName}'`)
      })
    })
  }
}

function addTokens(role: Command): void {
  const create = role
    .command('create-token <PROJECT> <ROLE>')
    .description('make a token of a role, and print it this once')
    .option('-e, --expires-in <duration>', 'such as 12h or 30d; 90d when it is not given', readDuration)
    .option('-i, --id <id>', 'what it is deleted by; one is made when it is not given')
  addSwitch(create, '-t, --token-only', 'print the token and nothing else')
  create.action(async (name: string, roleName: string, options: { expiresIn?: number; id?: string; tokenOnly?: boolean }) => {
    await withClient(create, async (client) => {
      const { expiresIn, id } = options
      const body = { ...(expiresIn !== undefined && { expiresIn }), ...(id !== undefined && { id }) }
      const { token } = await client.send<{ token: string }>('POST', tokenPath(name, roleName), { body })
      if (options.tokenOnly) return print(token)
      const [, payload = ''] = token.split('.')
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as { jti: string; iat: number; exp: number }
      print(`Create token succeeded for proj:${name}:${roleName}.`)
      print(`  ID: ${claims.jti}`)
      print(`  Issued At: ${timeOf(claims.iat)}`)
      print(`  Expires At: ${timeOf(claims.exp)}`)
      print(`  Token: ${token}`)
    })
  })

  const list = role.command('list-tokens <PROJECT> <ROLE>').description('list the tokens of a role')
  addSwitch(list, '-u, --unixtime', 'times as seconds since 1970')
  list.action(async (name: string, roleName: string, { unixtime }: { unixtime?: boolean }) => {
    await withClient(list, async (client) => {
      const found = await readProject(client, name)
      if (!(found.spec.roles ?? []).some((one) => one.name === roleName)) throw noSuchRole(name, roleName)
      print(tokenTable(tokensOf(found, roleName), unixtime))
    })
  })

  const remove = role
    .command('delete-token <PROJECT> <ROLE> <ISSUED-AT>')
    .description('delete a token of a role, by the second of its issue or by its id; it ends at once')
  addSwitch(remove, '-y, --yes', 'do not ask')
  remove.action(async (name: string, roleName: string, which: string, { yes }: { yes?: boolean }) => {
    await withClient(remove, async (client) => {
      const found = tokensOf(await readProject(client, name), roleName).find(({ id, iat }) => id === which || String(iat) === which)
      if (!found)
        throw new CommandFailure(`Role '${roleName}' has no token '${which}'.`, {
          remedy: `\`plimsoll proj role list-tokens ${name} ${roleName} --unixtime\` shows them.`,
        })
      if (!yes && process.stdin.isTTY && !(await confirm(`Are you sure you want to delete '${which}' of '${roleName}'? [y/n] `)))
        throw new CommandFailure(`The command to delete '${which}' was cancelled`)
      await client.send('DELETE', `${tokenPath(name, roleName)}/${found.iat}`, {
        query: { ...(found.id !== undefined && { id: found.id }) },
      })
      note(`Token '${found.id ?? found.iat}' of role '${roleName}' deleted`)
    })
  })
}

async function changeRole(
  client: Parameters<typeof changeProject>[0],
  name: string,
  roleName: string,
  make: (role: ProjectRole) => ProjectRole,
): Promise<void> {
  await changeProject(client, name, (spec) => {
    const roles = spec.roles ?? []
    if (!roles.some((one) => one.name === roleName)) throw noSuchRole(name, roleName)
    return { ...spec, roles: roles.map((one) => (one.name === roleName ? make(one) : one)) }
  })
}

function tokenPath(project: string, role: string): string {
  return projectPath(project, `/roles/${encodeURIComponent(role)}/token`)
}

function tokensOf({ spec, status }: AppProject, name: string): ProjectToken[] {
  const byRole = status?.jwtTokensByRole ?? {}
  const listed = Object.hasOwn(byRole, name) ? byRole[name]?.items : undefined
  return listed ?? (spec.roles ?? []).find((one) => one.name === name)?.jwtTokens ?? []
}

function tokenTable(tokens: readonly ProjectToken[], isUnix = false): string {
  const shown = (seconds: number): string => (isUnix ? String(seconds) : timeOf(seconds))
  return table(
    ['ID', 'ISSUED-AT', 'EXPIRES-AT'],
    tokens.map(({ id, iat, exp }) => [id, shown(iat), exp === undefined ? '<none>' : shown(exp)]),
  )
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000', '')
}

function noSuchRole(project: string, role: string): CommandFailure {
  return new CommandFailure(`Project '${project}' has no role '${role}'.`, { remedy: `\`plimsoll proj role list ${project}\` shows them.` })
}
