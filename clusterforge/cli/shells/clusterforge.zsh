#compdef clusterforge
# Completion of clusterforge for zsh:  eval "$(clusterforge completion zsh)"
_clusterforge() {
    local kind value about
    local -a plain keys
    while IFS=$'\t' read -r kind value about; do
        case $kind in
            file) _path_files ;;
            dir) _path_files -/ ;;
            key) keys+=("${value//:/\\:}${about:+:$about}") ;;
            plain) plain+=("${value//:/\\:}${about:+:$about}") ;;
        esac
    done < <(
        COMP_LINE="${(j: :)words[1,CURRENT]}" _CLUSTERFORGE_COMPLETE=zsh "${words[1]}" 2>/dev/null
    )
    (( $#plain )) && _describe -V value plain
    (( $#keys )) && _describe -V key keys -S ''
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _clusterforge "$@"
else
    compdef _clusterforge clusterforge
fi
