import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { signOut, switchAccount } from '../../client/session.ts'
import { initials } from '../../facts/initials.ts'
import { accountsQuery } from '../../loaders/people.ts'
import { settingsQuery } from '../../loaders/queries.ts'
import { useSession } from '../../loaders/session.ts'
import { Icon } from '../../parts/icon.tsx'
import { Menu, MenuItem, MenuLabel, MenuLine } from '../../parts/menu.tsx'
import { useWords } from '../../words/index.tsx'
import { failed } from '../dialogs/actions.ts'

/** Who one is, and in the demo whom one may play. */
export function AccountMenu() {
  const words = useWords()
  const w = words.people
  const navigate = useNavigate()
  const session = useSession()
  const identity = session.name === 'in' ? session.identity : undefined
  const others = useOthers()
  if (!identity) return null
  const { username = '', displayName, role, actor } = identity
  const name = displayName ?? username
  return (
    <Menu
      align="start"
      label={w.menu(name)}
      trigger={
        <button type="button" className="me" title={w.menu(name)} aria-label={w.menu(name)}>
          <span className="avatar" aria-hidden="true">
            {initials(name)}
          </span>
          <span>{name}</span>
        </button>
      }
    >
      <MenuLabel>
        {username}
        {role !== undefined && Object.hasOwn(w.roles, role) && ` · ${w.roles[role as keyof typeof w.roles]}`}
        {(identity.groups ?? []).length > 0 && ` · ${words.list(identity.groups ?? [])}`}
      </MenuLabel>
      {(actor !== undefined || others.length > 0) && (
        <>
          <MenuLine />
          <MenuLabel>{w.switchTo}</MenuLabel>
          {actor !== undefined && (
            <MenuItem icon="i-rollback" onSelect={() => void become(actor, words)}>
              {w.actingBack(actor)}
            </MenuItem>
          )}
          {others.map((one) => (
            <MenuItem key={one.name} icon="i-user" hint={words.list(one.groups)} onSelect={() => void become(one.name, words)}>
              {one.displayName ?? one.name}
            </MenuItem>
          ))}
        </>
      )}
      <MenuLine />
      <MenuItem icon="i-user" onSelect={() => void navigate({ to: '/settings/accounts' })}>
        {w.title}
      </MenuItem>
      <MenuItem icon="i-settings" onSelect={() => void navigate({ to: '/settings' })}>
        {words.shell.settings}
      </MenuItem>
      <MenuItem icon="i-signout" onSelect={() => void signOut()}>
        {words.settings.signOut}
      </MenuItem>
    </Menu>
  )
}

/** A mark that cannot be overlooked, and the way back. */
export function ActingAs() {
  const words = useWords()
  const w = words.people
  const session = useSession()
  if (session.name !== 'in' || session.identity.actor === undefined) return null
  const { actor, username = '', displayName } = session.identity
  const name = displayName ?? username
  return (
    <button
      type="button"
      className="acting badge tone-hold"
      title={`${w.actingTitle(actor, name)}. ${w.actingBack(actor)}`}
      onClick={() => void become(actor, words)}
    >
      <Icon name="g-person" className="glyph" />
      <span>{w.actingAs(name)}</span>
      <Icon name="i-x" />
      <span className="visually-hidden">{w.actingBack(actor)}</span>
    </button>
  )
}

async function become(account: string, words: ReturnType<typeof useWords>): Promise<void> {
  try {
    await switchAccount(account)
  } catch (error) {
    failed(words.people.failed.switch, error, words)
  }
}

/** People whose place may be taken: in the demo, by whoever began as the administrator. */
function useOthers() {
  const session = useSession()
  const identity = session.name === 'in' ? session.identity : undefined
  const settings = useQuery({ ...settingsQuery, enabled: identity !== undefined })
  const may = settings.data?.demo === true && (identity?.role === 'admin' || identity?.actor !== undefined)
  const { data } = useQuery({ ...accountsQuery, enabled: may })
  return may
    ? (data?.items ?? []).filter(
        (one) =>
          one.kind === 'person' && one.enabled && one.name !== identity?.username && one.name !== identity?.actor && one.role !== 'admin',
      )
    : []
}
