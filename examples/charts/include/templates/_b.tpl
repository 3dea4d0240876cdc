{{- define "first.wins" }}b{{ end -}}
