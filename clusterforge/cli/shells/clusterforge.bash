# Completion of clusterforge for bash 4.4 or later:  eval "$(clusterforge completion bash)"
_clusterforge() {
    local kind value about
    COMPREPLY=()
    while IFS=$'\t' read -r kind value about; do
        case $kind in
            file)
                compopt -o filenames
                mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$value")
                ;;
            dir)
                compopt -o filenames
                mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$value")
                ;;
            key)
                compopt -o nospace
                COMPREPLY+=("$value")
                ;;
            plain) COMPREPLY+=("$value") ;;
        esac
    done < <(
        COMP_LINE=${COMP_LINE:0:COMP_POINT} COMP_WORDBREAKS=$COMP_WORDBREAKS \
            _CLUSTERFORGE_COMPLETE=bash "$1" 2>/dev/null
    )
}
complete -o nosort -F _clusterforge clusterforge
