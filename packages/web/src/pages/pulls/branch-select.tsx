/** One of the branches that there are. What is chosen stays in the list, whether it is there or not. */
export function BranchSelect({
  id,
  value,
  branches,
  onChange,
  none,
}: {
  id: string
  value: string
  branches: readonly string[]
  onChange: (branch: string) => void
  /** Words of the empty choice, where nothing has to be chosen yet. */
  none?: string
}) {
  const all = value === '' || branches.includes(value) ? branches : [value, ...branches]
  return (
    <select id={id} className="input select mono" value={value} onChange={(event) => onChange(event.target.value)}>
      {none !== undefined && <option value="">{none}</option>}
      {all.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  )
}
