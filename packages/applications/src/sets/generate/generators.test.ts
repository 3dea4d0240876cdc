import { createTemplates } from '@plimsoll/render'
import { afterAll, describe, expect, it } from 'vitest'
import { generated, type Memory, namesOf } from '../testing/memory-sources.ts'

const templates = createTemplates()
afterAll(() => templates.close())

const go = (generators: string, text: string, memory?: Memory) => namesOf(templates, generators, text, memory)
const fast = (generators: string, text: string, memory?: Memory) => namesOf(templates, generators, text, memory, false)

describe('a list', () => {
  it.each([
    ['elements', '[{list: {elements: [{a: x, n: {b: 1}}, {a: y, n: {b: 2}}]}}]', '{{ .a }}-{{ .n.b }}', ['x-1', 'y-2']],
    ['none', '[{list: {elements: []}}]', '{{ .a }}', []],
    ['a text of YAML', '[{list: {elementsYaml: "[{a: x}, {a: [1, 2]}]"}}]', '{{ toJson .a }}', ['"x"', '[1,2]']],
    ['both, one after the other', '[{list: {elements: [{a: x}], elementsYaml: "[{a: z}]"}}]', '{{ .a }}', ['x', 'z']],
    ['one that is no map', '[{list: {elements: [x]}}]', 'a', 'spec.generators[0].list.elements[0]: must be a map of parameters.'],
    ['a text that is no list', '[{list: {elementsYaml: "a: b"}}]', 'a', 'spec.generators[0].list.elementsYaml: must be a list of maps.'],
    ['a text that is no YAML', '[{list: {elementsYaml: "["}}]', 'a', 'spec.generators[0].list.elementsYaml: error converting YAML'],
  ])('gives its %s', async (_what, generators, text, expected) => {
    const names = await go(generators, text)

    if (typeof expected === 'string') expect(names).toContain(expected)
    else expect(names).toEqual(expected)
  })

  it.each([
    ['[{list: {elements: [{a: x, values: {b: y}}]}}]', '{{a}}-{{values.b}}', ['x-y']],
    ['[{list: {elements: [{a: 1}]}}]', '{{a}}', 'spec.generators[0].list.elements[0].a: must be a text, or spec.goTemplate true.'],
    ['[{list: {elements: [{values: x}]}}]', '{{a}}', 'spec.generators[0].list.elements[0].values: must be a map of texts.'],
    [
      '[{list: {elements: [{values: {b: true}}]}}]',
      '{{a}}',
      'spec.generators[0].list.elements[0].values.b: must be a text, or spec.goTemplate true.',
    ],
  ])('knows texts alone in the older dialect: %s', async (generators, text, expected) => {
    expect(await fast(generators, text)).toEqual(expected)
  })
})

describe('clusters', () => {
  const memory: Memory = {
    clusters: [
      { name: 'Staging_01', server: 'https://staging', labels: { env: 'staging', 'org.example/tier': 'a' }, annotations: { note: 'x' } },
      { name: 'production', server: 'https://production', labels: { env: 'production' }, project: 'shop' },
    ],
  }

  it.each([
    ['all, and the home cluster', '[{clusters: {}}]', '{{ .name }}', ['Staging_01', 'production', 'in-cluster']],
    [
      'those with a label, without the home cluster',
      '[{clusters: {selector: {matchLabels: {env: staging}}}}]',
      '{{ .nameNormalized }}',
      ['staging-01'],
    ],
    [
      'those that an expression picks',
      '[{clusters: {selector: {matchExpressions: [{key: env, operator: NotIn, values: [staging]}]}}}]',
      '{{ .name }}-{{ .project }}',
      ['production-shop'],
    ],
    [
      'labels and annotations',
      '[{clusters: {selector: {matchLabels: {env: staging}}}}]',
      '{{ .metadata.labels.env }}-{{ .metadata.annotations.note }}',
      ['staging-x'],
    ],
    [
      'values that are filled in from the cluster',
      '[{clusters: {selector: {matchLabels: {env: staging}}, values: {a: "{{ .name }}!", b: c}}}]',
      '{{ .values.a }}{{ .values.b }}',
      ['Staging_01!c'],
    ],
    [
      'all of them as one list',
      '[{clusters: {flatList: true}}]',
      '{{ range .clusters }}{{ .name }},{{ end }}',
      ['Staging_01,production,in-cluster,'],
    ],
    [
      'an operator that is none',
      '[{clusters: {selector: {matchExpressions: [{key: a, operator: Is}]}}}]',
      'a',
      'spec.generators[0].clusters.selector:',
    ],
  ])('give %s', async (_what, generators, text, expected) => {
    const names = await go(generators, text, memory)

    if (typeof expected === 'string') expect(names).toContain(expected)
    else expect(names).toEqual(expected)
  })

  it('give dotted names in the older dialect', async () => {
    const generators = '[{clusters: {selector: {matchLabels: {env: staging}}, values: {a: "{{name}}", b: "{{metadata.labels.none}}"}}}]'
    const text = '{{server}} {{metadata.labels.org.example/tier}} {{metadata.annotations.note}} {{values.a}} {{values.b}}'

    expect(await fast(generators, text, memory)).toEqual(['https://staging a x Staging_01 {{metadata.labels.none}}'])
  })

  it('leave the home cluster out once a Secret describes it', async () => {
    const described = { clusters: [{ name: 'home', server: 'https://kubernetes.default.svc' }] }

    expect(await go('[{clusters: {}}]', '{{ .name }}', described)).toEqual(['home'])
  })

  it('never let one value see another', async () => {
    expect(await go('[{clusters: {values: {a: x, b: "{{ .values.a }}"}}}]', '{{ .values.b }}')).toContain(
      'map has no entry for key "values"',
    )
  })

  it('fail while they are not known for sure', async () => {
    expect(await go('[{clusters: {}}]', 'a', { clusters: new Error('the cluster has not been read') })).toBe(
      'the cluster has not been read',
    )
  })
})

const repository = 'https://git.example.org/apps.git'

describe('folders of a repository', () => {
  const memory: Memory = {
    repositories: {
      [repository]: { 'apps/web/a.yaml': '', 'apps/api_v2/a.yaml': '', 'apps/api_v2/base/a.yaml': '', '.hidden/x/a': '', 'top.yaml': '' },
    },
  }
  const from = (rest: string): string => `[{git: {repoURL: "${repository}", revision: HEAD, ${rest}}}]`

  it.each([
    ['one level', 'directories: [{path: "apps/*"}]', '{{ .path.path }}', ['apps/api_v2', 'apps/web']],
    [
      'names of it',
      'directories: [{path: "apps/a*"}]',
      '{{ .path.basename }}|{{ .path.basenameNormalized }}|{{ index .path.segments 0 }}',
      ['api_v2|api-v2|apps'],
    ],
    [
      'what is not excluded, whatever the order',
      'directories: [{path: "apps/w*", exclude: true}, {path: "apps/*"}]',
      '{{ .path.basename }}',
      ['api_v2'],
    ],
    ['several levels', 'directories: [{path: "*"}, {path: "*/*/*"}]', '{{ .path.path }}', ['apps', 'apps/api_v2/base']],
    ['a set of characters', 'directories: [{path: "apps/[v-x]?b"}]', '{{ .path.path }}', ['apps/web']],
    ['a prefix for two of them', 'pathParamPrefix: my, directories: [{path: "apps/web"}]', '{{ .my.path.basename }}', ['web']],
    [
      'values',
      'values: {a: "{{ .path.basename }}-{{ .path.path }}"}, directories: [{path: "apps/web"}]',
      '{{ .values.a }}',
      ['web-apps/web'],
    ],
    ['nothing hidden', 'directories: [{path: ".hidden/*"}, {path: ".*"}]', 'a', []],
    ['an error for a pattern that is none', 'directories: [{path: "apps/[a"}]', 'a', "'apps/[a' is no pattern: a '[' is not closed"],
    ['an error without any', 'directories: []', 'a', 'spec.generators[0].git: needs directories or files.'],
  ])('give %s', async (_what, rest, text, expected) => {
    const names = await go(from(rest), text, memory)

    if (typeof expected === 'string') expect(names).toContain(expected)
    else expect(names).toEqual(expected)
  })

  it('give dotted and numbered names in the older dialect', async () => {
    expect(
      await fast(
        from('directories: [{path: "apps/*_*"}]'),
        '{{path}} {{path.basename}} {{path.basenameNormalized}} {{path[0]}} {{path[1]}}',
        memory,
      ),
    ).toEqual(['apps/api_v2 api_v2 api-v2 apps api_v2'])
    expect(
      await fast(from('pathParamPrefix: my, directories: [{path: "apps/web"}]'), '{{my.path}} {{my.path[1]}} {{path}}', memory),
    ).toEqual(['apps/web web {{path}}'])
  })
})

describe('files of a repository', () => {
  const memory: Memory = {
    repositories: {
      [repository]: {
        'config/eu/prod.json': '{"cluster": {"name": "eu", "port": 8080}, "on": true}',
        'config/us/prod.yaml': 'cluster:\n  name: us\n  port: 1000000\nlist: [a, b]\n',
        'config/many.yaml': '- {name: one}\n- {name: two}\n',
        'config/empty.yaml': '',
        'broken.yaml': 'a: [',
        'text.yaml': 'just text',
        'top.json': '{"name": "top"}',
      },
    },
  }
  const from = (rest: string): string => `[{git: {repoURL: "${repository}", revision: HEAD, ${rest}}}]`

  it.each([
    ['what they say', 'files: [{path: "config/**/prod.*"}]', '{{ .cluster.name }}', ['eu', 'us']],
    [
      'where they are',
      'files: [{path: config/eu/prod.json}]',
      '{{ .path.path }} {{ .path.basename }} {{ .path.filename }} {{ .path.filenameNormalized }}',
      ['config/eu eu prod.json prod.json'],
    ],
    ['each map of a list', 'files: [{path: config/many.yaml}]', '{{ .name }}-{{ .path.path }}', ['one-config', 'two-config']],
    ['one without parameters for an empty file', 'files: [{path: config/empty.yaml}]', '{{ .path.filename }}', ['empty.yaml']],
    ['a dot for the root', 'files: [{path: top.json}]', '{{ .path.path }}{{ .path.basename }}', ['..']],
    ['all that is below a folder', 'files: [{path: config/eu}]', '{{ .path.path }}', ['config/eu']],
    ['what is not excluded', 'files: [{path: "config/*/prod.*"}, {path: "**/*.yaml", exclude: true}]', '{{ .cluster.name }}', ['eu']],
    [
      'an error that names the file',
      'files: [{path: broken.yaml}]',
      'a',
      "File 'broken.yaml' of https://git.example.org/apps.git (spec.generators[0].git)",
    ],
    ['an error for what is no map', 'files: [{path: text.yaml}]', 'a', 'holds neither a map nor a list of maps'],
  ])('give %s', async (_what, rest, text, expected) => {
    const names = await go(from(rest), text, memory)

    if (typeof expected === 'string') expect(names).toContain(expected)
    else expect(names).toEqual(expected)
  })

  it('are flattened in the older dialect, numbers as Go prints them', async () => {
    expect(
      await fast(
        from('files: [{path: "config/*/prod.*"}]'),
        '{{cluster.name}} {{cluster.port}} {{on}} {{list.1}} {{path[1]}} {{path.filename}}',
        memory,
      ),
    ).toEqual(['eu 8080 true {{list.1}} eu prod.json', 'us 1e+06 {{on}} b us prod.yaml'])
  })

  it('fail as their repository does', async () => {
    expect(await go(from('files: [{path: a}]'), 'a', { repositories: { [repository]: new Error('it does not answer') } })).toBe(
      'it does not answer',
    )
  })
})

describe('a matrix', () => {
  const lists = (a: string, b: string): string => `[{matrix: {generators: [{list: {elements: ${a}}}, {list: {elements: ${b}}}]}}]`

  it.each([
    ['every pair', lists('[{a: x}, {a: y}]', '[{b: 1}, {b: 2}]'), '{{ .a }}{{ .b }}', ['x1', 'x2', 'y1', 'y2']],
    [
      'maps of both in one, the first over the second',
      lists('[{v: {a: 1, s: first}}]', '[{v: {b: 2, s: second}}]'),
      '{{ .v.a }}{{ .v.b }}{{ .v.s }}',
      ['12first'],
    ],
    ['nothing where one gives nothing', lists('[{a: x}]', '[]'), 'a', []],
    ['the second filled in from the first', lists('[{a: x}, {a: y}]', '[{b: "{{ .a }}{{ .a }}"}]'), '{{ .b }}', ['xx', 'yy']],
    [
      'a list out of a file',
      `[{matrix: {generators: [{git: {repoURL: "${repository}", files: [{path: c.yaml}]}}, {list: {elementsYaml: "{{ .components | toJson }}"}}]}}]`,
      '{{ .name }}',
      ['web', 'api'],
    ],
    [
      "a cluster's own parameters in its values",
      '[{matrix: {generators: [{list: {elements: [{team: shop}]}}, {clusters: {values: {id: "{{ .name }}", t: "{{ .team }}"}}}]}}]',
      '{{ .values.t }}',
      ['shop'],
    ],
    [
      'what a selector leaves of one',
      '[{matrix: {generators: [{list: {elements: [{a: x}, {a: y}]}, selector: {matchLabels: {a: y}}}, {list: {elements: [{b: 1}]}}]}}]',
      '{{ .a }}',
      ['y'],
    ],
    [
      'an error for three',
      '[{matrix: {generators: [{list: {}}, {list: {}}, {list: {}}]}}]',
      'a',
      'a matrix has two generators, this one has 3',
    ],
    ['an error for one', '[{matrix: {generators: [{list: {}}]}}]', 'a', 'a matrix has two generators, this one has 1'],
    [
      'an error for two in one',
      '[{matrix: {generators: [{list: {}, clusters: {}}, {list: {}}]}}]',
      'a',
      'has list and clusters, and may have one generator',
    ],
    [
      'a matrix and a merge within',
      '[{matrix: {generators: [{matrix: {generators: [{list: {elements: [{a: x}]}}, {list: {elements: [{b: y}]}}]}}, {merge: {mergeKeys: [c], generators: [{list: {elements: [{c: z}]}}, {list: {elements: [{c: z, d: w}]}}]}}]}}]',
      '{{ .a }}{{ .b }}{{ .c }}{{ .d }}',
      ['xyzw'],
    ],
  ])('gives %s', async (_what, generators, text, expected) => {
    const names = await go(generators, text, { repositories: { [repository]: { 'c.yaml': 'components: [{name: web}, {name: api}]' } } })

    if (typeof expected === 'string') expect(names).toContain(expected)
    else expect(names).toEqual(expected)
  })

  it('lets values wait for what their generator gives, in Go', async () => {
    const generators = '[{matrix: {generators: [{list: {elements: [{team: shop}]}}, {clusters: {values: {id: "{{ .name }}"}}}]}}]'

    expect(await go(generators, '{{ .team }}-{{ .values.id }}')).toEqual(['shop-in-cluster'])
    expect(await fast(generators.replace('.name', 'name'), '{{team}}-{{values.id}}')).toEqual(['shop-in-cluster'])
  })

  it('refuses two values for one name in the older dialect', async () => {
    expect(await fast(lists('[{a: x}]', '[{a: x, b: y}]'), '{{a}}{{b}}')).toEqual(['xy'])
    expect(await fast(lists('[{a: x}]', '[{a: y}]'), 'a')).toContain("give 'a' different values: 'x' and 'y'")
  })

  it('does not stand below two combinations', async () => {
    const inner = 'matrix: {generators: [{list: {elements: [{a: x}]}}, {list: {elements: [{b: y}]}}]}'
    const deep = `[{merge: {mergeKeys: [a], generators: [{matrix: {generators: [{${inner}}, {list: {}}]}}, {list: {}}]}}]`

    expect(await go(deep, 'a')).toContain('a matrix cannot stand below two combined generators')
  })
})

describe('a merge', () => {
  const lists = (keys: string, ...all: string[]): string =>
    `[{merge: {mergeKeys: ${keys}, generators: [${all.map((elements) => `{list: {elements: ${elements}}}`).join(', ')}]}}]`

  it.each([
    [
      'the first with what others say of it',
      lists('[a]', '[{a: x, b: 1}, {a: y, b: 2}]', '[{a: y, b: 3}]'),
      '{{ .a }}{{ .b }}',
      ['x1', 'y3'],
    ],
    ['nothing that only others know', lists('[a]', '[{a: x}]', '[{a: z}]'), '{{ .a }}', ['x']],
    ['the last word to the last', lists('[a]', '[{a: x, b: 1}]', '[{a: x, b: 2}]', '[{a: x, b: 3}]'), '{{ .b }}', ['3']],
    [
      'several keys',
      lists('[a, b]', '[{a: x, b: 1, c: old}, {a: x, b: 2, c: old}]', '[{a: x, b: 2, c: new}]'),
      '{{ .b }}{{ .c }}',
      ['1old', '2new'],
    ],
    ['maps of both in one', lists('[a]', '[{a: x, v: {p: 1, q: 1}}]', '[{a: x, v: {q: 2}}]'), '{{ .v.p }}{{ .v.q }}', ['12']],
    ['keys whose values are maps', lists('[a]', '[{a: {k: 1, l: 2}, b: 1}]', '[{a: {l: 2, k: 1}, b: 2}]'), '{{ .b }}', ['2']],
    ['an error without keys', lists('[]', '[{a: x}]', '[{a: x}]'), 'a', 'a merge needs one key at least'],
    ['an error for one generator', lists('[a]', '[{a: x}]'), 'a', 'a merge has two generators or more, this one has 1'],
    [
      'an error for keys that do not tell apart',
      lists('[a]', '[{a: x}, {a: x}]', '[]'),
      'a',
      'two sets of parameters with the same merge keys: {"a":"x"}',
    ],
    ['an error for keys that nobody has', lists('[none]', '[{a: x}, {a: y}]', '[]'), 'a', 'the same merge keys: {"none":null}'],
  ])('gives %s', async (_what, generators, text, expected) => {
    const names = await go(generators, text)

    if (typeof expected === 'string') expect(names).toContain(expected)
    else expect(names).toEqual(expected)
  })

  it('replaces name by name in the older dialect', async () => {
    expect(
      await fast(lists('[a]', '[{a: x, values: {p: "1", q: "1"}}]', '[{a: x, values: {q: "2"}}]'), '{{values.p}}{{values.q}}'),
    ).toEqual(['12'])
  })
})

describe('pull requests', () => {
  const pull = {
    number: 7,
    title: 'Add x',
    branch: 'feat/Add_X',
    targetBranch: 'main',
    headSha: '0123456789abcdef',
    labels: ['preview', 'ml'],
    author: 'ada',
  }
  const memory: Memory = { pullRequests: [pull, { ...pull, number: 8, branch: 'fix', targetBranch: 'release-1', title: 'Mend y' }] }

  it.each([
    [
      '{}',
      '{{ .number }} {{ .branch_slug }} {{ .target_branch }} {{ .head_short_sha }} {{ .head_short_sha_7 }} {{ .author }} {{ index .labels 1 }}',
      ['7 feat-add-x main 01234567 0123456 ada ml', '8 fix release-1 01234567 0123456 ada ml'],
    ],
    ['{filters: [{branchMatch: "^fe"}]}', '{{ .number }}', ['7']],
    ['{filters: [{branchMatch: "^fe", titleMatch: Mend}]}', '{{ .number }}', []],
    ['{filters: [{branchMatch: "^fe"}, {targetBranchMatch: "release-.*"}]}', '{{ .number }}', ['7', '8']],
    ['{filters: [{branchMatch: "("}]}', 'a', "spec.generators[0].pullRequest.filters[0].branchMatch: '(' is no pattern"],
    ['{values: {host: "{{ .branch_slug }}.example.org"}, filters: [{titleMatch: Add}]}', '{{ .values.host }}', ['feat-add-x.example.org']],
  ])('give %s', async (spec, text, expected) => {
    const names = await go(`[{pullRequest: ${spec}}]`, text, memory)

    if (typeof expected === 'string') expect(names).toContain(expected)
    else expect(names).toEqual(expected)
  })

  it('have no labels in the older dialect', async () => {
    expect(await fast('[{pullRequest: {filters: [{titleMatch: Add}]}}]', '{{number}} {{title}} {{labels}}', memory)).toEqual([
      '7 Add x {{labels}}',
    ])
  })

  it('are none for a repository that is not there, where the spec says so', async () => {
    const { PlimsollError } = await import('@plimsoll/api')
    const gone = { pullRequests: new PlimsollError('not-found', 'There is no such repository.') }

    expect(await go('[{pullRequest: {}}]', 'a', gone)).toBe('spec.generators[0].pullRequest: There is no such repository.')
    expect(await go('[{pullRequest: {continueOnRepoNotFoundError: true}}]', 'a', gone)).toEqual([])
  })
})

describe('repositories of a provider', () => {
  const one = {
    organization: 'shop',
    repository: 'web',
    url: 'https://git/shop/web.git',
    branch: 'main',
    sha: '0123456789abcdef',
    labels: ['js', 'ml'],
    id: 42,
  }
  const memory: Memory = {
    scmRepositories: [
      { ...one, branches: ['main', 'feat/X'], files: ['k8s/a.yaml'] },
      { ...one, repository: 'api', labels: ['go'], branches: ['main'], files: ['Dockerfile'] },
    ],
  }

  it.each([
    [
      '{}',
      '{{ .organization }}/{{ .repository }}@{{ .branch }} {{ .branchNormalized }} {{ .short_sha }} {{ .short_sha_7 }} {{ .labels }} {{ .repository_id }}',
      [
        'shop/web@main main 01234567 0123456 js,ml 42',
        'shop/web@feat/X feat-x 01234567 0123456 js,ml 42',
        'shop/api@main main 01234567 0123456 go 42',
      ],
    ],
    ['{filters: [{repositoryMatch: "^a"}]}', '{{ .repository }}', ['api']],
    [
      '{filters: [{labelMatch: "^ml$"}, {repositoryMatch: api}]}',
      '{{ .repository }}-{{ .branch }}',
      ['web-main', 'web-feat/X', 'api-main'],
    ],
    ['{filters: [{branchMatch: "^feat/"}]}', '{{ .repository }}', ['web']],
    ['{filters: [{pathsExist: ["k8s/"]}]}', '{{ .repository }}-{{ .branch }}', ['web-main', 'web-feat/X']],
    [
      '{filters: [{pathsExist: [k8s], branchMatch: main}, {pathsDoNotExist: [k8s]}]}',
      '{{ .repository }}-{{ .branch }}',
      ['web-main', 'api-main'],
    ],
    ['{filters: [{repositoryMatch: web}, {branchMatch: main}]}', '{{ .repository }}-{{ .branch }}', ['web-main']],
  ])('give %s', async (spec, text, expected) => {
    expect(await go(`[{scmProvider: ${spec}}]`, text, memory)).toEqual(expected)
  })
})

describe('a cluster decision', () => {
  const duck = { apiVersion: 'mallard.io/v1beta1', kind: 'ducks', matchKey: 'clusterName' }
  const memory: Memory = {
    clusters: [
      { name: 'east', server: 'https://east' },
      { name: 'west', server: 'https://west' },
    ],
    configMaps: {
      duck,
      short: { ...duck, matchKey: '' },
      bare: { kind: 'ducks', apiVersion: 'v1', matchKey: 'a' },
      list: { ...duck, statusListKey: 'decisions' },
    },
    objects: [
      {
        metadata: { name: 'quak', labels: { duck: 'all' } },
        status: { clusters: [{ clusterName: 'east', n: 1 }, { clusterName: 'unknown' }], decisions: [{ clusterName: 'west' }] },
      },
      { metadata: { name: 'new' }, status: {} },
      { metadata: { name: 'odd' }, status: { clusters: 'east' } },
    ],
  }

  it.each([
    ['{configMapRef: duck, name: quak}', '{{ .name }} {{ .server }} {{ .clusterName }} {{ .n }}', ['east https://east east 1']],
    ['{configMapRef: duck, labelSelector: {matchLabels: {duck: all}}}', '{{ .name }}', ['east']],
    ['{configMapRef: list, name: quak, values: {a: "{{ .name }}"}}', '{{ .values.a }}', ['{{ .name }}']],
    ['{configMapRef: duck, name: new}', 'a', []],
    ['{configMapRef: duck, name: odd}', 'a', "'odd' has no list status.clusters"],
    ['{configMapRef: duck, name: none}', 'a', "no ducks (mallard.io/v1beta1) is named 'none'"],
    ['{configMapRef: none, name: quak}', 'a', "there is no ConfigMap 'none'"],
    ['{configMapRef: short, name: quak}', 'a', 'must say matchKey'],
    ['{configMapRef: bare, name: quak}', 'a', 'must say apiVersion (GROUP/VERSION) and kind'],
    ['{configMapRef: duck}', 'a', 'needs name or labelSelector'],
    ['{configMapRef: duck, name: quak, labelSelector: {matchLabels: {a: b}}}', 'a', 'needs name or labelSelector'],
  ])('gives %s', async (spec, text, expected) => {
    const names = await go(`[{clusterDecisionResource: ${spec}}]`, text, memory)

    if (typeof expected === 'string') expect(names).toContain(expected)
    else expect(names).toEqual(expected)
  })
})

describe('a plugin', () => {
  const asked: unknown[] = []
  const answering = (status: number, text: string): Memory => ({
    configMaps: {
      here: { baseUrl: 'http://plugin.example.org/', token: '$plugin.token', requestTimeout: '5' },
      other: { baseUrl: 'http://plugin.example.org', token: '$own:key' },
      closed: { baseUrl: 'http://plugin.example.org', token: '$private:key' },
      bare: { baseUrl: 'plugin', token: '$own:key' },
      plain: { baseUrl: 'http://plugin.example.org', token: 'secret' },
    },
    secrets: {
      'argocd-secret': { data: { 'plugin.token': 'hunter2' } },
      own: { labels: { 'app.kubernetes.io/part-of': 'argocd' }, data: { key: 'own-token' } },
      private: { data: { key: 'nobody' } },
    },
    plugin: (call) => {
      asked.push(call)
      return { status, text }
    },
  })
  const two = answering(200, JSON.stringify({ output: { parameters: [{ a: 'x', n: { b: 1 } }, { a: 'y' }] } }))

  it('is told the name of the set and its input, with its token', async () => {
    asked.length = 0

    await go('[{plugin: {configMapRef: {name: here}, input: {parameters: {k: [1, v]}}}}]', '{{ .a }}', two)

    expect(asked).toEqual([
      {
        url: 'http://plugin.example.org/api/v1/getparams.execute',
        token: 'hunter2',
        timeoutMs: 5000,
        body: JSON.stringify({ applicationSetName: 'set', input: { parameters: { k: [1, 'v'] } } }),
      },
    ])
  })

  it('gives its parameters, its input and values', async () => {
    const generators = '[{plugin: {configMapRef: {name: other}, values: {v: "{{ .a }}!"}, input: {parameters: {k: {deep: v}}}}}]'

    expect(await go(generators, '{{ .a }} {{ .values.v }} {{ .generator.input.parameters.k.deep }}', two)).toEqual(['x x! v', 'y y! v'])
    expect(await fast('[{plugin: {configMapRef: {name: other}}}]', '{{a}} {{n.b}}', two)).toEqual(['x 1', 'y {{n.b}}'])
  })

  it.each([
    ['here', answering(500, '{"message": "no database"}'), 'the plugin answered 500: no database'],
    ['here', answering(403, 'Forbidden'), 'the plugin answered 403.'],
    ['here', answering(200, 'OK'), 'something that is no JSON'],
    ['here', answering(200, '{}'), 'without a list output.parameters'],
    ['here', answering(200, '{"output": {"parameters": ["x"]}}'), 'output.parameters[0] of the plugin is no map'],
    ['none', two, "there is no ConfigMap 'none'"],
    ['bare', two, 'must say baseUrl'],
    ['plain', two, 'must name a key of a Secret'],
    ['closed', two, "Secret 'private' has no label app.kubernetes.io/part-of: argocd"],
  ])('fails in words: %s', async (name, memory, expected) => {
    expect(await go(`[{plugin: {configMapRef: {name: ${name}}}}]`, 'a', memory)).toContain(expected)
  })
})

describe("a generator's selector", () => {
  const elements = '[{a: x, n: {b: 1}, url: "https://one.example.org:6443"}, {a: y, n: {b: 2}, l: [p, q]}]'

  it.each([
    ['{matchLabels: {a: x}}', ['x']],
    ['{matchLabels: {n.b: "2"}}', ['y']],
    ['{matchLabels: {l.1: q}}', ['y']],
    ['{matchLabels: {url: "https://one.example.org:6443"}}', ['x']],
    ['{matchExpressions: [{key: l.0, operator: DoesNotExist}]}', ['x']],
    ['{matchExpressions: [{key: l.0, operator: Exists}]}', ['y']],
    ['{matchExpressions: [{key: a, operator: In, values: [x, y]}, {key: n.b, operator: NotIn, values: ["1"]}]}', ['y']],
    ['{}', ['x', 'y']],
    ['{matchExpressions: [{key: a, operator: In, values: []}]}', "In of 'a' needs values"],
    ['{matchExpressions: [{key: a, operator: Like, values: [x]}]}', "'Like' is no operator"],
    ['{matchLabels: {"a b": x}}', 'spec.generators[0].selector'],
    ['{matchLabels: {constructor: x}}', []],
  ])('%s', async (selector, expected) => {
    const names = await go(`[{list: {elements: ${elements}}, selector: ${selector}}]`, '{{ .a }}')

    if (typeof expected === 'string') expect(names).toContain(expected)
    else expect(names).toEqual(expected)
  })

  it("sees a cluster's labels in both dialects", async () => {
    const memory = { clusters: [{ name: 'a', server: 'https://a', labels: { 'example.org/env': 'prod' } }] }

    expect(await go('[{clusters: {}, selector: {matchLabels: {metadata.labels.example.org/env: prod}}}]', '{{ .name }}', memory)).toEqual([
      'a',
    ])
    expect(await fast('[{clusters: {}, selector: {matchLabels: {metadata.labels.example.org/env: prod}}}]', '{{name}}', memory)).toEqual([
      'a',
    ])
  })
})

describe('a spec that says nothing that can be done', () => {
  it.each([
    ['[{lists: {}}]', "spec.generators[0]: has 'lists', which is no generator"],
    ['[{}]', 'spec.generators[0]: is empty'],
    ['[{selector: {matchLabels: {a: b}}}]', 'spec.generators[0]: is empty'],
  ])('%s', async (generators, expected) => {
    expect(await go(generators, 'a')).toContain(expected)
  })

  it('keeps what one of two generators gives from being all that there is', async () => {
    const made = await generated(
      templates,
      'generators: [{list: {elements: [{a: x}]}}, {clusters: {}}]\ntemplate: {metadata: {name: "{{a}}"}, spec: {destination: {}}}',
      { clusters: new Error('not read yet') },
    )

    expect(made).toMatchObject({ ok: false, reason: 'params', error: { message: 'not read yet' } })
  })
})
