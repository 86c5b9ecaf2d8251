# Completion of clusterforge for fish:  clusterforge completion fish | source
function __clusterforge
    COMP_LINE=(commandline -cp | string collect) _CLUSTERFORGE_COMPLETE=fish clusterforge 2>/dev/null |
        while read --delimiter \t kind value about
            switch $kind
                case file
                    __fish_complete_path $value
                case dir
                    __fish_complete_directories $value
                case key plain
                    printf '%s\t%s\n' $value $about
            end
        end
end
complete --command clusterforge --no-files --arguments '(__clusterforge)'
