namespace LogShipper.Demo;

/// <summary>How a whole request is answered wrongly.</summary>
internal enum BulkFaultKind : byte
{
    /// <summary>Another status, nothing stored.</summary>
    Status,

    /// <summary>The connection is cut before the request is read.</summary>
    DropUnread,

    /// <summary>All is stored, and the connection is cut before the answer.</summary>
    DropAfterStoring,

    /// <summary>All is stored, half of the answer is sent, and the connection is cut.</summary>
    HalfAnswer,

    /// <summary>All is stored, and the answer is 200 and no JSON.</summary>
    Garbage,

    /// <summary>All is stored, and the answer has fewer or more items than there are.</summary>
    WrongCount,

    /// <summary>The right answer, late.</summary>
    Slow,

    /// <summary>The right answer with a very long field of no meaning in it.</summary>
    Huge,

    /// <summary>An answer that never ends.</summary>
    Endless,

    /// <summary>The right answer behind a field of no meaning of any length, made while it is sent.</summary>
    Flood,
}

/// <summary>A bulk request before it is read.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Path">Its path.</param>
/// <param name="Query">Its query, with the question mark.</param>
internal readonly record struct BulkArrival(long Number, string Path, string Query);

/// <summary>How the receiver misbehaves for one request.</summary>
internal sealed record BulkFault(BulkFaultKind Kind)
{
    public static readonly BulkFault DropUnread = new(BulkFaultKind.DropUnread);
    public static readonly BulkFault DropAfterStoring = new(BulkFaultKind.DropAfterStoring);
    public static readonly BulkFault HalfAnswer = new(BulkFaultKind.HalfAnswer);
    public static readonly BulkFault Garbage = new(BulkFaultKind.Garbage);
    public static readonly BulkFault Endless = new(BulkFaultKind.Endless);

    public int StatusCode { get; private init; }

    /// <summary>The <c>Retry-After</c> header, or null.</summary>
    public string? RetryAfter { get; private init; }

    /// <summary>Items too many, or too few when negative.</summary>
    public int Extra { get; private init; }

    public TimeSpan Delay { get; private init; }

    public int Bytes { get; private init; }

    public long FloodBytes { get; private init; }

    public static BulkFault Status(int code, string? retryAfter = null) => new(BulkFaultKind.Status) { StatusCode = code, RetryAfter = retryAfter };

    public static BulkFault WrongCount(int extra) => new(BulkFaultKind.WrongCount) { Extra = extra };

    public static BulkFault Slow(TimeSpan delay) => new(BulkFaultKind.Slow) { Delay = delay };

    public static BulkFault Huge(int bytes) => new(BulkFaultKind.Huge) { Bytes = bytes };

    public static BulkFault Flood(long bytes) => new(BulkFaultKind.Flood) { FloodBytes = bytes };

    /// <summary>This fault for every <paramref name="nth"/> request.</summary>
    public static Func<BulkArrival, BulkFault?> EveryNth(int nth, BulkFault fault) => arrival => arrival.Number % nth == 0 ? fault : null;

    /// <summary>These, one a request (null: none), then none.</summary>
    public static Func<BulkArrival, BulkFault?> InTurn(params BulkFault?[] faults) =>
        arrival => arrival.Number <= faults.Length ? faults[arrival.Number - 1] : null;
}

/// <summary>One item of a bulk request, in order of arrival.</summary>
/// <param name="Number">From 1, over all requests.</param>
/// <param name="Index">Where it goes.</param>
/// <param name="Id">Its id.</param>
/// <param name="Document">Its document; valid only while the delegate runs.</param>
internal readonly record struct BulkItem(long Number, string Index, string Id, ReadOnlyMemory<byte> Document);

/// <summary>How the receiver misbehaves for one item: nothing of it is stored (but by a failure store).</summary>
/// <param name="Status">Its status.</param>
/// <param name="Type">Type of the error; empty: no error stands there.</param>
/// <param name="Reason">Reason of the error.</param>
/// <param name="FailureStore">What <c>failure_store</c> says, or null.</param>
internal sealed record BulkItemFault(int Status, string Type, string Reason, string? FailureStore = null)
{
    public static readonly BulkItemFault Busy = new(429, "es_rejected_execution_exception", "rejected execution of coordinating operation");

    public static readonly BulkItemFault Unparsable = new(400, "document_parsing_exception", "[1:9] failed to parse field [a] of type [long] in document");

    public static readonly BulkItemFault FailureStored = new(201, "", "", "used");

    /// <summary>This fault for every <paramref name="nth"/> item.</summary>
    public static Func<BulkItem, BulkItemFault?> EveryNth(int nth, BulkItemFault fault) => item => item.Number % nth == 0 ? fault : null;

    /// <summary>This fault for items of which <paramref name="matches"/> is true, each time or (<paramref name="once"/>) only at each one's first attempt.</summary>
    public static Func<BulkItem, BulkItemFault?> Where(Func<BulkItem, bool> matches, BulkItemFault fault, bool once = false)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return item => matches(item) && (!once || seen.Add(item.Id)) ? fault : null;
    }
}
