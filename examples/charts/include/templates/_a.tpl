{{- define "tree" -}}
- {{ .name }}{{ if .children }}:{{ end }}
{{- range .children }}
{{ include "tree" . | indent 2 }}
{{- end }}
{{- end -}}
{{- define "count" -}}
{{- if gt (int .) 0 -}}{{ include "count" (sub (int .) 1) }}.{{- end -}}
{{- end -}}
{{- define "overridden" }}parent{{ end -}}
{{- define "first.wins" }}a{{ end -}}
{{- define "fib" }}{{ if lt . 2 }}{{ . }}{{ else }}{{ add (include "fib" (int (sub . 1))) (include "fib" (int (sub . 2))) }}{{ end }}{{ end }}
