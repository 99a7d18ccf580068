using LogShipper.Configuration;
using LogShipper.Tailing;

namespace LogShipper.Cli;

/// <summary>Who else can get at the state directory: its checkpoints say what is shipped, its dead letters hold whole lines.</summary>
internal static class StateDirectoryCheck
{
    public static IEnumerable<string> WarningsOf(string path)
    {
        if (UnixFile.Look(path, followLink: true) is not { Type: UnixFileType.Directory } directory)
        {
            yield break;
        }

        var name = PrintableText.Escape(path);
        if (directory.UserId != NativeFile.EffectiveUserId())
        {
            yield return $"{name} is another user's ({directory.AccessText()}), who can replace what is in it; a directory in it would be ours alone";
        }

        if ((directory.Permissions & UnixFileMode.OtherWrite) != 0)
        {
            yield return $"everybody may write in {name} ({directory.PermissionText()}), and so have other lines shipped or held back; chmod it to 0700, or name a directory in it, which is made so";
        }
    }
}
