import { initials } from '../../facts/initials.ts'

export function Who({ name }: { name: string }) {
  return (
    <span className="who">
      <span className="avatar" aria-hidden="true">
        {initials(name)}
      </span>
      {name}
    </span>
  )
}
