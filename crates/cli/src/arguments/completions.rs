//! `comfyctl completions`.

use clap::Args;
use clap_complete::Shell;

/// Print a script that completes comfyctl in a shell
#[derive(Debug, Args)]
#[command(after_help = "\
Install:
  bash        comfyctl completions bash > ~/.local/share/bash-completion/completions/comfyctl
  zsh         comfyctl completions zsh > ~/.zfunc/_comfyctl, with fpath+=~/.zfunc before compinit
  fish        comfyctl completions fish > ~/.config/fish/completions/comfyctl.fish
  powershell  comfyctl completions powershell >> $PROFILE
  elvish      comfyctl completions elvish >> ~/.config/elvish/rc.elv

JSON: {\"shell\", \"script\"}.")]
pub(crate) struct CompletionsArguments {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: Shell,
}
