/** One line of YAML with its key set apart. Text in, text out: nothing is read as markup. */
export function YamlLine({ text, mark }: { text: string; mark?: readonly [number, number] | undefined }) {
  const key = /^(\s*(?:- )*)((?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s:#"'][^:#]*?))(:)(?=\s|$)/.exec(text)
  const keyFrom = key?.[1]?.length ?? 0
  const keyTo = key ? keyFrom + (key[2]?.length ?? 0) : 0
  if (!mark || mark[0] === mark[1]) {
    return key ? (
      <>
        {text.slice(0, keyFrom)}
        <span className="y-key">{text.slice(keyFrom, keyTo)}</span>
        {text.slice(keyTo)}
      </>
    ) : (
      text
    )
  }
  const [from, to] = mark
  const head = text.slice(0, from)
  return (
    <>
      {key && keyTo <= from ? (
        <>
          {head.slice(0, keyFrom)}
          <span className="y-key">{head.slice(keyFrom, keyTo)}</span>
          {head.slice(keyTo)}
        </>
      ) : (
        head
      )}
      <mark>{text.slice(from, to)}</mark>
      {text.slice(to)}
    </>
  )
}
