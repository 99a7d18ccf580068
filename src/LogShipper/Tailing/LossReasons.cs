namespace LogShipper.Tailing;

/// <summary>Reasons of losses, as metrics, reports and messages write them alike.</summary>
internal static class LossReasons
{
    public static string Name(this LossReason reason) => reason switch
    {
        LossReason.Truncated => "truncated",
        LossReason.Gone => "gone",
        LossReason.LineTooLong => "line_too_long",
        LossReason.Skipped => "skipped",
        _ => "dead_letter_dropped",
    };
}
