import type { HelmCase } from './helm-case.ts'

/** What Helm gives to templates. Results are those of the real binaries. */
export const templateCases: readonly HelmCase[] = [
  {
    promise: 'release, chart and template',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
appVersion: 1.10
description: A chart
keywords: [a, b]
maintainers: [{name: Me, email: me@example.org}]
annotations: {a: 1, b: yes}
`,
      'templates/a.yaml': `name: {{ .Release.Name }} {{ .Release.Namespace }} {{ .Release.Service }} {{ .Release.Revision }} {{ .Release.IsInstall }} {{ .Release.IsUpgrade }}
chart: {{ .Chart.Name }} {{ .Chart.Version }} {{ .Chart.AppVersion }} {{ .Chart.Type }} {{ .Chart.APIVersion }}
maintainer: {{ (index .Chart.Maintainers 0).Email }}
keywords: {{ join "+" .Chart.Keywords }}
annotation: {{ .Chart.Annotations.a }} {{ index .Chart.Annotations "b" }} {{ .Chart.Annotations.none }}
template: {{ .Template.Name }} {{ .Template.BasePath }}
json: {{ toJson .Chart }}
`,
    },
    name: 'my-release',
    namespace: 'prod',
    result: {
      3: `---
# Source: web/templates/a.yaml
name: my-release prod Helm 1 true false
chart: web 1.2.3 1.1  v2
maintainer: me@example.org
keywords: a+b
annotation: 1 true 
template: web/templates/a.yaml web/templates
json: {"name":"web","version":"1.2.3","description":"A chart","keywords":["a","b"],"maintainers":[{"name":"Me","email":"me@example.org"}],"apiVersion":"v2","appVersion":"1.1","annotations":{"a":"1","b":"true"},"IsRoot":true}
`,
      4: `---
# Source: web/templates/a.yaml
name: my-release prod Helm 1 true false
chart: web 1.2.3 1.1  v2
maintainer: me@example.org
keywords: a+b
annotation: 1 true 
template: web/templates/a.yaml web/templates
json: {"APIVersion":"v2","Annotations":{"a":"1","b":"true"},"AppVersion":"1.1","Condition":"","Dependencies":[],"Deprecated":false,"Description":"A chart","Home":"","Icon":"","IsRoot":true,"Keywords":["a","b"],"KubeVersion":"","Maintainers":[{"Email":"me@example.org","Name":"Me","URL":""}],"Name":"web","Sources":[],"Tags":"","Type":"","Version":"1.2.3"}
`,
    },
  },
  {
    promise: 'an unknown name of the chart',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/a.yaml': `a: {{ .Chart.Unknown }}
`,
    },
    result: {
      3: `Error: template: web/templates/a.yaml:1:12: executing "web/templates/a.yaml" at <.Chart.Unknown>: can't evaluate field Unknown in type interface {}`,
      4: `---
# Source: web/templates/a.yaml
a:
`,
    },
  },
  {
    promise: 'an upgrade',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/a.yaml': `a: {{ .Release.IsInstall }} {{ .Release.IsUpgrade }} {{ .Release.Revision }}
`,
    },
    more: { isUpgrade: true },
    args: ['--is-upgrade'],
    result: `---
# Source: web/templates/a.yaml
a: false true 1
`,
  },
  {
    promise: 'what the cluster can do',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/a.yaml': `v: {{ .Capabilities.KubeVersion }} {{ .Capabilities.KubeVersion.Version }} {{ .Capabilities.KubeVersion.Major }} {{ .Capabilities.KubeVersion.Minor }} {{ .Capabilities.KubeVersion.GitVersion }}
has: {{ .Capabilities.APIVersions.Has "apps/v1" }} {{ .Capabilities.APIVersions.Has "apps/v1/Deployment" }} {{ .Capabilities.APIVersions.Has "my.io/v1" }} {{ has "my.io/v2" .Capabilities.APIVersions }}
helm: {{ .Capabilities.HelmVersion.Version }} {{ .Capabilities.HelmVersion.GoVersion }}
count: {{ len .Capabilities.APIVersions }}
old: {{ semverCompare ">=1.28-0" .Capabilities.KubeVersion.Version }}
`,
    },
    kubeVersion: '1.29.3-gke.100',
    apiVersions: ['my.io/v1', 'my.io/v2'],
    result: {
      3: `---
# Source: web/templates/a.yaml
v: v1.29.3-gke.100 v1.29.3-gke.100 1 29 v1.29.3-gke.100
has: true false true true
helm: v3.18.0 go1.24.3
count: 59
old: true
`,
      4: `---
# Source: web/templates/a.yaml
v: v1.29.3 v1.29.3-gke.100 1 29 v1.29.3-gke.100
has: true false true true
helm: v4.1.4 go1.25.9
count: 59
old: true
`,
    },
  },
  {
    promise: 'what Helm believes of a cluster that it does not know',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/a.yaml': `v: {{ .Capabilities.KubeVersion }}
all: {{ toJson .Capabilities.APIVersions }}
helm: {{ toJson .Capabilities.HelmVersion }}
`,
    },
    result: {
      3: `---
# Source: web/templates/a.yaml
v: v1.33.0
all: ["v1","admissionregistration.k8s.io/v1","admissionregistration.k8s.io/v1alpha1","admissionregistration.k8s.io/v1beta1","internal.apiserver.k8s.io/v1alpha1","apps/v1","apps/v1beta1","apps/v1beta2","authentication.k8s.io/v1","authentication.k8s.io/v1alpha1","authentication.k8s.io/v1beta1","authorization.k8s.io/v1","authorization.k8s.io/v1beta1","autoscaling/v1","autoscaling/v2","autoscaling/v2beta1","autoscaling/v2beta2","batch/v1","batch/v1beta1","certificates.k8s.io/v1","certificates.k8s.io/v1beta1","certificates.k8s.io/v1alpha1","coordination.k8s.io/v1alpha2","coordination.k8s.io/v1beta1","coordination.k8s.io/v1","discovery.k8s.io/v1","discovery.k8s.io/v1beta1","events.k8s.io/v1","events.k8s.io/v1beta1","extensions/v1beta1","flowcontrol.apiserver.k8s.io/v1","flowcontrol.apiserver.k8s.io/v1beta1","flowcontrol.apiserver.k8s.io/v1beta2","flowcontrol.apiserver.k8s.io/v1beta3","networking.k8s.io/v1","networking.k8s.io/v1alpha1","networking.k8s.io/v1beta1","node.k8s.io/v1","node.k8s.io/v1alpha1","node.k8s.io/v1beta1","policy/v1","policy/v1beta1","rbac.authorization.k8s.io/v1","rbac.authorization.k8s.io/v1beta1","rbac.authorization.k8s.io/v1alpha1","resource.k8s.io/v1beta2","resource.k8s.io/v1beta1","resource.k8s.io/v1alpha3","scheduling.k8s.io/v1alpha1","scheduling.k8s.io/v1beta1","scheduling.k8s.io/v1","storage.k8s.io/v1beta1","storage.k8s.io/v1","storage.k8s.io/v1alpha1","storagemigration.k8s.io/v1alpha1","apiextensions.k8s.io/v1beta1","apiextensions.k8s.io/v1"]
helm: {"version":"v3.18.0","git_commit":"cc58e3f5a3aa615c6a86275e6f4444b5fdd3cc4e","git_tree_state":"clean","go_version":"go1.24.3"}
`,
      4: `---
# Source: web/templates/a.yaml
v: v1.35.0
all: ["v1","admissionregistration.k8s.io/v1","admissionregistration.k8s.io/v1alpha1","admissionregistration.k8s.io/v1beta1","internal.apiserver.k8s.io/v1alpha1","apps/v1","apps/v1beta1","apps/v1beta2","authentication.k8s.io/v1","authentication.k8s.io/v1alpha1","authentication.k8s.io/v1beta1","authorization.k8s.io/v1","authorization.k8s.io/v1beta1","autoscaling/v1","autoscaling/v2","autoscaling/v2beta1","autoscaling/v2beta2","batch/v1","batch/v1beta1","certificates.k8s.io/v1","certificates.k8s.io/v1beta1","certificates.k8s.io/v1alpha1","coordination.k8s.io/v1alpha2","coordination.k8s.io/v1beta1","coordination.k8s.io/v1","discovery.k8s.io/v1","discovery.k8s.io/v1beta1","events.k8s.io/v1","events.k8s.io/v1beta1","extensions/v1beta1","flowcontrol.apiserver.k8s.io/v1","flowcontrol.apiserver.k8s.io/v1beta1","flowcontrol.apiserver.k8s.io/v1beta2","flowcontrol.apiserver.k8s.io/v1beta3","networking.k8s.io/v1","networking.k8s.io/v1beta1","node.k8s.io/v1","node.k8s.io/v1alpha1","node.k8s.io/v1beta1","policy/v1","policy/v1beta1","rbac.authorization.k8s.io/v1","rbac.authorization.k8s.io/v1beta1","rbac.authorization.k8s.io/v1alpha1","resource.k8s.io/v1","resource.k8s.io/v1beta2","resource.k8s.io/v1beta1","resource.k8s.io/v1alpha3","scheduling.k8s.io/v1alpha1","scheduling.k8s.io/v1beta1","scheduling.k8s.io/v1","storage.k8s.io/v1beta1","storage.k8s.io/v1","storage.k8s.io/v1alpha1","storagemigration.k8s.io/v1beta1","apiextensions.k8s.io/v1beta1","apiextensions.k8s.io/v1"]
helm: {"version":"v4.1.4","git_commit":"05fa37973dc9e42b76e1d2883494c87174b6074f","git_tree_state":"clean","go_version":"go1.25.9","kube_client_version":"v1.35"}
`,
    },
  },
  {
    promise: 'a chart for other clusters is an error',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
kubeVersion: ">=1.99.0"
`,
      'templates/a.yaml': `a: 1
`,
    },
    result: {
      3: 'Error: chart requires kubeVersion: >=1.99.0 which is incompatible with Kubernetes v1.33.0',
      4: 'Error: chart requires kubeVersion: >=1.99.0 which is incompatible with Kubernetes v1.35.0',
    },
  },
  {
    promise: 'a chart for this cluster',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
kubeVersion: ">=1.20.0-0"
`,
      'templates/a.yaml': `a: 1
`,
    },
    kubeVersion: 'v1.29.3-gke.100',
    result: `---
# Source: web/templates/a.yaml
a: 1
`,
  },
  {
    promise: 'a chart that forgets pre-releases',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
kubeVersion: ">=1.20.0"
`,
      'templates/a.yaml': `a: 1
`,
    },
    kubeVersion: 'v1.29.3-gke.100',
    result: {
      3: 'Error: chart requires kubeVersion: >=1.20.0 which is incompatible with Kubernetes v1.29.3-gke.100',
      4: `---
# Source: web/templates/a.yaml
a: 1
`,
    },
  },
  {
    promise: 'files of the chart',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'conf/a.txt': `one
two
`,
      'conf/deep/b.txt': 'b "quoted"',
      'conf/c.conf': `c: 1
`,
      'bin.dat': new Uint8Array([0, 255, 128]),
      'templates/a.yaml': `get: {{ .Files.Get "conf/a.txt" | quote }}
none: {{ .Files.Get "none" | quote }}
index: {{ index .Files "conf/c.conf" | toString | quote }}
bytes: {{ .Files.GetBytes "conf/c.conf" | toJson }}
binary: {{ .Files.Get "bin.dat" | b64enc }}
lines: {{ .Files.Lines "conf/a.txt" | toJson }} {{ .Files.Lines "none" | toJson }}
glob: {{ range $path, $bytes := .Files.Glob "conf/*" }}{{ $path }} {{ end }}
all: {{ range $path, $_ := .Files.Glob "**.{txt,conf}" }}{{ $path }} {{ end }}
class: {{ range $path, $_ := .Files.Glob "conf/[!a-b].*" }}{{ $path }} {{ end }}
wrong: {{ range $path, $_ := .Files.Glob "conf/[a-bc]" }}{{ $path }} {{ end }}
config:
{{ (.Files.Glob "conf/**").AsConfig | indent 2 }}
secrets:
{{ (.Files.Glob "conf/*").AsSecrets | indent 2 }}
templates: {{ .Files.Get "templates/a.yaml" | quote }}{{ .Files.Get "Chart.yaml" | quote }}{{ .Files.Get "values.yaml" | quote }}
`,
    },
    result: 'Error: YAML parse error on web/templates/a.yaml: error converting YAML to JSON: yaml: line 5: did not find expected key',
  },
  {
    promise: 'required and fail speak for themselves',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/_a.tpl': '{{ define "x" }}{{ required "a name is: needed" .Values.name }}{{ end }}',
      'templates/a.yaml': `
a: {{ include "x" . }}
`,
    },
    result: 'Error: execution error at (web/templates/a.yaml:2:6): a name is: needed',
  },
  {
    promise: 'fail',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/a.yaml': `{{ fail (printf "no %s\\nat all" "way") }}
`,
    },
    result: `Error: execution error at (web/templates/a.yaml:1:3): no way
at all`,
  },
  {
    promise: 'required takes false and zero',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'values.yaml': `off: false
zero: 0
`,
      'templates/a.yaml': `a: {{ required "x" .Values.off }} {{ required "x" .Values.zero }} {{ required "x" (list) }}
`,
    },
    result: 'Error: execution error at (web/templates/a.yaml:1:6): x',
  },
  {
    promise: 'tpl sees definitions, and keeps its own',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'values.yaml': `text: '{{ define "inner" }}inner {{ .Release.Name }}{{ end }}{{ include "inner" . }} {{ include "outer" . }} {{ .Values.none }}'
`,
      'templates/_a.tpl': '{{ define "outer" }}outer{{ end }}',
      'templates/a.yaml': `a: {{ tpl .Values.text . }}
b: {{ tpl "plain" . }}{{ tpl "" . }}{{ tpl "{{ tpl \\"\\" . }}x{{ tpl \\"{{/* nothing */}}\\" . }}" . }}
c: {{ tpl "{{ .x }}" (dict "x" 5) }}
`,
    },
    result: `---
# Source: web/templates/a.yaml
a: inner release-name outer 
b: plainx
c: 5
`,
  },
  {
    promise: 'what tpl defines is gone afterwards',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/a.yaml': `{{ $_ := tpl "{{ define \\"inner\\" }}x{{ end }}" . }}a: {{ include "inner" . }}
`,
    },
    result: {
      3: 'Error: template: web/templates/a.yaml:1:58: executing "web/templates/a.yaml" at <include "inner" .>: error calling include: template: no template "inner" associated with template "gotpl"',
      4: `Error: web/templates/a.yaml:1:58
  executing "web/templates/a.yaml" at <include "inner" .>:
    error calling include:
template: no template "inner" associated with template "gotpl"`,
    },
  },
  {
    promise: 'a text for tpl that does not parse',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/a.yaml': `a: {{ tpl "{{ if }}" . }}
`,
    },
    result:
      'Error: template: web/templates/a.yaml:1:6: executing "web/templates/a.yaml" at <tpl "{{ if }}" .>: error calling tpl: cannot parse template "{{ if }}": template: gotpl:1: missing value for if',
  },
  {
    promise: 'a text for tpl that fails',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/a.yaml': `a: {{ tpl "{{ .a.b.c }}" (dict) }}
`,
    },
    result:
      'Error: template: web/templates/a.yaml:1:6: executing "web/templates/a.yaml" at <tpl "{{ .a.b.c }}" (dict)>: error calling tpl: error during tpl function execution for "{{ .a.b.c }}": template: gotpl:1:5: executing "gotpl" at <.a.b.c>: nil pointer evaluating interface {}.b',
  },
  {
    promise: 'a template that does not parse',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/a.yaml': `a: 1
b: {{ .x | }
`,
    },
    result: 'Error: parse error at (web/templates/a.yaml:2): unexpected "}" in command',
  },
  {
    promise: 'a function that is not there',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/a.yaml': `a: {{ env "HOME" }}
`,
    },
    result: 'Error: parse error at (web/templates/a.yaml:1): function "env" not defined',
  },
  {
    promise: 'a template that is not there',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/a.yaml': `a: {{ include "none" . }}
`,
    },
    result: {
      3: 'Error: template: web/templates/a.yaml:1:6: executing "web/templates/a.yaml" at <include "none" .>: error calling include: template: no template "none" associated with template "gotpl"',
      4: `Error: web/templates/a.yaml:1:6
  executing "web/templates/a.yaml" at <include "none" .>:
    error calling include:
template: no template "none" associated with template "gotpl"`,
    },
  },
  {
    promise: 'an error three templates deep',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/_a.tpl': `{{ define "one" }}{{ include "two" . }}{{ end }}
{{ define "two" }}{{ template "three" . }}{{ end }}
{{ define "three" }}
  {{ .Values.a.b.c }}{{ end }}`,
      'templates/a.yaml': `a: {{ include "one" . }}
`,
    },
    result: {
      3: 'Error: template: web/templates/a.yaml:1:6: executing "web/templates/a.yaml" at <include "one" .>: error calling include: template: web/templates/_a.tpl:1:21: executing "one" at <include "two" .>: error calling include: template: web/templates/_a.tpl:4:12: executing "three" at <.Values.a.b.c>: nil pointer evaluating interface {}.b',
      4: `Error: web/templates/a.yaml:1:6
  executing "web/templates/a.yaml" at <include "one" .>:
    error calling include:
web/templates/_a.tpl:1:21
  executing "one" at <include "two" .>:
    error calling include:
web/templates/_a.tpl:4:12
  executing "three" at <.Values.a.b.c>:
    nil pointer evaluating interface {}.b`,
    },
  },
  {
    promise: 'an error of a function',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/a.yaml': `a: {{ index (list 1) 5 }}
`,
    },
    result:
      'Error: template: web/templates/a.yaml:1:6: executing "web/templates/a.yaml" at <index (list 1) 5>: error calling index: index out of range: 5',
  },
  {
    promise: 'a wrong type',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'values.yaml': `list: [1]
`,
      'templates/a.yaml': `a: {{ trunc 3 .Values.list }}
`,
    },
    result: {
      3: 'Error: template: web/templates/a.yaml:1:21: executing "web/templates/a.yaml" at <.Values.list>: wrong type for value; expected string; got []interface {}',
      4: `Error: web/templates/a.yaml:1:21
  executing "web/templates/a.yaml" at <.Values.list>:
    wrong type for value; expected string; got []interface {}`,
    },
  },
  {
    promise: 'a template that includes itself',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/_a.tpl': '{{ define "loop" }}{{ include "loop" . }}{{ end }}',
      'templates/a.yaml': `a: {{ include "loop" . }}
`,
    },
    result: 'Error',
  },
  {
    promise: 'what is missing leaves no trace',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'values.yaml': `text: "<no value> stays out"
`,
      'templates/_a.tpl': '{{ define "len" }}{{ .Values.none }}{{ end }}',
      'templates/a.yaml': `a: {{ .Values.none }}
b: {{ include "len" . | len }}
c: {{ .Values.text }}
d: {{ printf "%v" .Values.none }}
e: {{ .Values.none | quote }}
`,
    },
    result: `---
# Source: web/templates/a.yaml
a: 
b: 10
c:  stays out
d: <nil>
e:
`,
  },
  {
    promise: 'lookup finds nothing',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'templates/a.yaml': `a: {{ lookup "v1" "Secret" "default" "x" | toJson }} {{ if lookup "v1" "Pod" "" "" }}some{{ else }}none{{ end }}
b: {{ (lookup "v1" "Secret" "a" "b").data }}
dns: {{ getHostByName "example.org" | quote }}
`,
    },
    result: 'Error: YAML parse error on web/templates/a.yaml: error converting YAML to JSON: yaml: did not find expected key',
  },
  {
    promise: 'templates of one chart see what earlier ones have set',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'values.yaml': `n: ""
`,
      'templates/a.yaml': `a: {{ .Values.order }}
`,
      'templates/z.yaml': `{{ $_ := set .Values "order" "z was first" }}z: 1
`,
      'templates/deep/b.yaml': `b: {{ .Values.order | default "nothing yet" }}
`,
    },
    result: `---
# Source: web/templates/a.yaml
a: z was first
---
# Source: web/templates/deep/b.yaml
b: nothing yet
---
# Source: web/templates/z.yaml
z: 1
`,
  },
  {
    promise: 'methods of values',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'values.yaml': `a: {b: {c: text}}
`,
      'templates/a.yaml': `a: {{ .Values.AsMap | toJson }}
b: {{ (.Values.Table "a.b").c }}
c: {{ .Values.PathValue "a.b.c" }}
d: {{ .Values.YAML | quote }}
`,
    },
    result: `---
# Source: web/templates/a.yaml
a: {"a":{"b":{"c":"text"}}}
b: text
c: text
d: "a:\\n  b:\\n    c: text\\n"
`,
  },
  {
    promise: 'values of a sub-chart through its parent',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
`,
      'values.yaml': `sub: {x: parent}
`,
      'templates/a.yaml': `a: {{ .Subcharts.sub.Values.x }} {{ .Subcharts.sub.Chart.Name }} {{ .Subcharts.sub.Release.Name }}
b: {{ include "sub.name" .Subcharts.sub }}
`,
      'charts/sub/Chart.yaml': `apiVersion: v2
name: sub
version: 0.1.0
`,
      'charts/sub/templates/_a.tpl': '{{ define "sub.name" }}{{ .Chart.Name }}{{ end }}',
    },
    result: `---
# Source: web/templates/a.yaml
a: parent sub release-name
b: sub
`,
  },
  {
    promise: 'a byte order mark is no part of a file',
    files: {
      'Chart.yaml': `\ufeffapiVersion: v2
name: web
version: 1.2.3
`,
      'values.yaml': `\ufeffa: 1
`,
      'templates/a.yaml': `\ufeffa: {{ .Values.a }}
`,
      'x.txt': '\ufeffx',
    },
    result: `---
# Source: web/templates/a.yaml
a: 1
`,
  },
  {
    promise: 'letters beyond ASCII',
    files: {
      'Chart.yaml': `apiVersion: v2
name: web
version: 1.2.3
description: "Grüße"
`,
      'values.yaml': `a: "naïve ☃ 😀"
`,
      'templates/ä.yaml': `a: {{ .Values.a }} {{ .Chart.Description }} {{ len .Values.a }} {{ trunc 4 .Values.a | quote }}
y: {{ toYaml .Values | nindent 2 }}
`,
    },
    result: `---
# Source: web/templates/ä.yaml
a: naïve ☃ 😀 Grüße 15 "naï"
y: 
  a: "naïve ☃ \\U0001F600"
`,
  },
]
