import type { HelmCase } from './helm-case.ts'

/** Documents: how texts are split, sorted and printed. Results are those of the real binaries. */
export const outputCases: readonly HelmCase[] = [
  {
    promise: 'documents are sorted by kind, and hooks come last',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/a.yaml': `kind: Deployment
metadata: {name: d}
---
kind: Service
metadata: {name: s}
---
kind: Zebra
---
kind: Ant
---

# only a comment
---
kind: Namespace
`,
      'templates/b.yaml': `kind: Job
metadata:
  annotations: {"helm.sh/hook": "pre-install, post-upgrade", "helm.sh/hook-weight": 5}
---
kind: ValidatingWebhookConfiguration
---
kind: MutatingWebhookConfiguration
---
kind: APIService
`,
    },
    result: {
      3: `---
# Source: web/templates/a.yaml
kind: Namespace
---
# Source: web/templates/a.yaml
kind: Service
metadata: {name: s}
---
# Source: web/templates/a.yaml
kind: Deployment
metadata: {name: d}
---
# Source: web/templates/b.yaml
kind: APIService
---
# Source: web/templates/a.yaml
# only a comment
---
# Source: web/templates/a.yaml
kind: Ant
---
# Source: web/templates/b.yaml
kind: MutatingWebhookConfiguration
---
# Source: web/templates/b.yaml
kind: ValidatingWebhookConfiguration
---
# Source: web/templates/a.yaml
kind: Zebra
---
# Source: web/templates/b.yaml
kind: Job
metadata:
  annotations: {"helm.sh/hook": "pre-install, post-upgrade", "helm.sh/hook-weight": 5}
`,
      4: `---
# Source: web/templates/a.yaml
kind: Namespace
---
# Source: web/templates/a.yaml
kind: Service
metadata: {name: s}
---
# Source: web/templates/a.yaml
kind: Deployment
metadata: {name: d}
---
# Source: web/templates/b.yaml
kind: APIService
---
# Source: web/templates/b.yaml
kind: MutatingWebhookConfiguration
---
# Source: web/templates/b.yaml
kind: ValidatingWebhookConfiguration
---
# Source: web/templates/a.yaml
# only a comment
---
# Source: web/templates/a.yaml
kind: Ant
---
# Source: web/templates/a.yaml
kind: Zebra
---
# Source: web/templates/b.yaml
kind: Job
metadata:
  annotations: {"helm.sh/hook": "pre-install, post-upgrade", "helm.sh/hook-weight": 5}
`,
    },
  },
  {
    promise: 'hooks of an unknown name are left out',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/a.yaml': `kind: A
metadata: {annotations: {"helm.sh/hook": crd-install}}
---
kind: B
metadata: {annotations: {"helm.sh/hook": "test-success"}}
---
kind: C
metadata: {annotations: {"helm.sh/hook": "PRE-INSTALL"}}
---
kind: D
metadata: {annotations: {"helm.sh/hook": ""}}
---
kind: E
metadata: {annotations: {other: x}}
`,
    },
    result: `---
# Source: web/templates/a.yaml
kind: E
metadata: {annotations: {other: x}}
---
# Source: web/templates/a.yaml
kind: B
metadata: {annotations: {"helm.sh/hook": "test-success"}}
---
# Source: web/templates/a.yaml
kind: C
metadata: {annotations: {"helm.sh/hook": "PRE-INSTALL"}}
`,
  },
  {
    promise: 'tests can be left out',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/a.yaml': `kind: A
metadata: {annotations: {"helm.sh/hook": test}}
---
kind: B
metadata: {annotations: {"helm.sh/hook": pre-install}}
`,
    },
    more: { skipTests: true },
    args: ['--skip-tests'],
    result: `
---
# Source: web/templates/a.yaml
kind: B
metadata: {annotations: {"helm.sh/hook": pre-install}}
`,
  },
  {
    promise: 'hooks can be left out',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/a.yaml': `kind: A
metadata: {annotations: {"helm.sh/hook": test}}
---
kind: B
`,
    },
    more: { noHooks: true },
    args: ['--no-hooks'],
    result: `---
# Source: web/templates/a.yaml
kind: B
`,
  },
  {
    promise: 'notes are no document, of sub-charts neither',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/NOTES.txt': `Hello {{ .Release.Name }}
`,
      'templates/OTHER-NOTES.txt': 'x: [',
      'templates/a.yaml': `a: 1
`,
      'charts/sub/Chart.yaml': `apiVersion: v2
name: sub
version: 0.1.0
`,
      'charts/sub/templates/NOTES.txt': 'x: [',
    },
    result: `---
# Source: web/templates/a.yaml
a: 1
`,
  },
  {
    promise: 'custom resource definitions come first, when asked for',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'crds/b.yaml': `kind: CustomResourceDefinition
name: b
---
name: b2
`,
      'crds/a/x.yml': 'name: a',
      'crds/readme.md': 'text',
      'crds/c.JSON': `{}
`,
      'templates/a.yaml': `a: 1
`,
      'charts/sub/Chart.yaml': `apiVersion: v2
name: sub
version: 0.1.0
`,
      'charts/sub/crds/s.yaml': `name: {{ not a template }}
`,
    },
    includeCrds: true,
    result: `---
# Source: web/crds/a/x.yml
name: a
---
# Source: web/crds/b.yaml
kind: CustomResourceDefinition
name: b
---
name: b2

---
# Source: web/crds/c.JSON
{}

---
# Source: web/charts/sub/crds/s.yaml
name: {{ not a template }}

---
# Source: web/templates/a.yaml
a: 1
`,
  },
  {
    promise: 'custom resource definitions stay out',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'crds/b.yaml': `name: b
`,
      'templates/a.yaml': `a: 1
`,
    },
    result: `---
# Source: web/templates/a.yaml
a: 1
`,
  },
  {
    promise: 'separators within and around texts',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/a.yaml': `

---
---
a: 1
--- 	
b: 2
---c: 3


---

`,
      'templates/b.yaml': `text: |
  x
---
  y: 1
`,
      'templates/empty.yaml': `{{ if false }}a: 1{{ end }}
`,
      'templates/nothing.yaml': '',
    },
    result: `---
# Source: web/templates/a.yaml
---
a: 1
---
# Source: web/templates/a.yaml
b: 2
---
# Source: web/templates/a.yaml
c: 3
---
# Source: web/templates/b.yaml
text: |
  x
---
# Source: web/templates/b.yaml
y: 1
`,
  },
  {
    promise: 'a document that is no YAML is an error',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/a.yaml': `a: 1
---
b: [
`,
    },
    result:
      'Error: YAML parse error on web/templates/a.yaml: error converting YAML to JSON: yaml: line 1: did not find expected node content',
  },
  {
    promise: 'a document that is a text is an error',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/a.yaml': `hello
`,
    },
    result: {
      3: 'Error: YAML parse error on web/templates/a.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal string into Go value of type releaseutil.SimpleHead',
      4: 'Error: YAML parse error on web/templates/a.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal string into Go value of type util.SimpleHead',
    },
  },
  {
    promise: 'a document that is a list is an error',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/a.yaml': `- a
`,
    },
    result: {
      3: 'Error: YAML parse error on web/templates/a.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type releaseutil.SimpleHead',
      4: 'Error: YAML parse error on web/templates/a.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type util.SimpleHead',
    },
  },
  {
    promise: 'annotations that are no texts',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/a.yaml': `kind: A
metadata: {annotations: {a: true, b: 5, c: null, d: 1.50}}
`,
    },
    result: `---
# Source: web/templates/a.yaml
kind: A
metadata: {annotations: {a: true, b: 5, c: null, d: 1.50}}
`,
  },
  {
    promise: 'an annotation that is a table is an error',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/a.yaml': `kind: A
metadata: {annotations: {a: {b: c}}}
`,
    },
    result:
      'Error: YAML parse error on web/templates/a.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal object into Go struct field .metadata.annotations of type string',
  },
  {
    promise: 'a kind that is a list is an error',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/a.yaml': `kind: [A]
`,
    },
    result:
      'Error: YAML parse error on web/templates/a.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go struct field SimpleHead.kind of type string',
  },
  {
    promise: 'one template is shown',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/a.yaml': `a: 1
---
a: 2
`,
      'templates/b.yaml': `b: 1
`,
      'charts/sub/Chart.yaml': `apiVersion: v2
name: sub
version: 0.1.0
`,
      'charts/sub/templates/a.yaml': `s: 1
`,
    },
    more: { showOnly: ['templates/a.yaml', 'charts/sub/templates/*'] },
    args: ['-s', 'templates/a.yaml', '-s', 'charts/sub/templates/*'],
    result: `---
# Source: web/templates/a.yaml
a: 1
---
# Source: web/templates/a.yaml
a: 2
---
# Source: web/charts/sub/templates/a.yaml
s: 1
`,
  },
  {
    promise: 'a template to show that is not there is an error',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/a.yaml': `a: 1
`,
    },
    more: { showOnly: ['templates/x.yaml'] },
    args: ['-s', 'templates/x.yaml'],
    result: 'Error: could not find template templates/x.yaml in chart',
  },
  {
    promise: 'a chart without documents',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'values.yaml': `a: 1
`,
    },
    result: `
`,
  },
  {
    promise: 'only hooks',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/a.yaml': `kind: A
metadata: {annotations: {"helm.sh/hook": pre-delete}}
`,
    },
    result: `
---
# Source: web/templates/a.yaml
kind: A
metadata: {annotations: {"helm.sh/hook": pre-delete}}
`,
  },
  {
    promise: 'partials are not printed, whatever they hold',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/_a.yaml': 'x: [',
      'templates/deep/_b.txt': 'x',
      'templates/deep/c.json': '{"a": 1}',
      'templates/d.txt': 'd: 1',
    },
    result: `---
# Source: web/templates/d.txt
d: 1
---
# Source: web/templates/deep/c.json
{"a": 1}
`,
  },
]
