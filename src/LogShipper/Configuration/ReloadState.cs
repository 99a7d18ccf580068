namespace LogShipper.Configuration;

/// <summary>How it stands with changes of the configuration since the start. Never holds a value of a secret.</summary>
/// <param name="AppliedHash">SHA-256 of the file whose plan is in force; null: there is no file.</param>
/// <param name="AppliedAt">When it was applied; the start, at first.</param>
/// <param name="Applied">How often a change was applied.</param>
/// <param name="Refused">How often a change was refused.</param>
/// <param name="RefusedAt">When the file that lies there now was refused; null: it is in force.</param>
/// <param name="Problems">Why it was refused, without the values that are at fault; empty: it is in force.</param>
/// <param name="WaitingForNextStart">Keys whose values in the file are others than those in force, which only a start changes.</param>
internal sealed record ReloadState(
    string? AppliedHash,
    DateTimeOffset AppliedAt,
    long Applied,
    long Refused,
    DateTimeOffset? RefusedAt,
    IReadOnlyList<string> Problems,
    IReadOnlyList<string> WaitingForNextStart)
{
    /// <summary>What lies there now is in force, but for what waits for the next start.</summary>
    public bool IsGood => Problems.Count == 0;
}
