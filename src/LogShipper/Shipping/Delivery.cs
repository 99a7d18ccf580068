namespace LogShipper.Shipping;

/// <summary>What became of one attempt as a whole.</summary>
internal enum DeliveryResult : byte
{
    /// <summary>Every item arrived, but for those listed in <see cref="Delivery.Items"/>.</summary>
    Answered,

    /// <summary>Nothing is known to have arrived: all of it is sent again, after a pause.</summary>
    Retry,

    /// <summary>The request as a whole was refused for what it contains (400, 413): it may pass in smaller parts.</summary>
    Refused,

    /// <summary>The sink will never take anything again (stdout's reader is gone): its lanes end.</summary>
    Ended,
}

/// <summary>What became of one item that was not simply delivered.</summary>
internal enum ItemFate : byte
{
    /// <summary>Not stored now, may be later: sent again.</summary>
    Retry,

    /// <summary>A fault of the document itself: dead letter.</summary>
    Rejected,

    /// <summary>Stored by the sink in a place for failed documents (Elasticsearch's failure store): settled, counted as dead-lettered.</summary>
    FailureStored,
}

/// <summary>One item of a payload that was not simply delivered. Items that are not listed were.</summary>
/// <param name="Item">Its number in the payload, from 0.</param>
/// <param name="Fate">What became of it.</param>
/// <param name="Reason">A short code such as <c>429</c> or <c>document_parsing_exception</c>; never text that quotes the document.</param>
/// <param name="Detail">What the sink said, for the dead letter file only: it may quote the document.</param>
internal readonly record struct ItemOutcome(int Item, ItemFate Fate, string Reason, string? Detail = null);

/// <summary>What became of one attempt to deliver a payload.</summary>
internal sealed class Delivery
{
    public static readonly Delivery Complete = new(DeliveryResult.Answered, "");

    private Delivery(DeliveryResult result, string reason)
    {
        Result = result;
        Reason = reason;
    }

    public DeliveryResult Result { get; }

    /// <summary>A short code for logs and metrics, such as <c>http 503</c>, <c>connection refused</c>, <c>timeout</c>; never content of a log line.</summary>
    public string Reason { get; }

    /// <summary>The sink's own wish for the pause before the next attempt.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    /// <summary>The sink did not answer, or answered that it is out of order (transport failure, 5xx, 401, 403, timeout):
    /// opens the circuit breaker. A busy sink (429) or one that refuses a document is not down.</summary>
    public bool SinkDown { get; private init; }

    /// <summary>Items that were not simply delivered, ascending; empty when all were.</summary>
    public IReadOnlyList<ItemOutcome> Items { get; private init; } = [];

    /// <summary>Items that the sink already had (409 on our own id): delivered, counted apart.</summary>
    public int Duplicates { get; private init; }

    /// <summary>Why not all of it was delivered: a short code, never text that quotes a document.</summary>
    public string Failure => Reason.Length > 0 ? Reason : Items.Count > 0 ? Items[0].Reason : "refused";

    /// <summary>Whether the sink has taken or judged at least one of so many items: a document that is at fault was judged by a sink that works.</summary>
    public bool Accepts(int items) => Result == DeliveryResult.Answered && Items.Count(item => item.Fate == ItemFate.Retry) < items;

    public static Delivery Answered(IReadOnlyList<ItemOutcome> items, int duplicates = 0, TimeSpan? retryAfter = null, string reason = "") =>
        new(DeliveryResult.Answered, reason) { Items = items, Duplicates = duplicates, RetryAfter = retryAfter };

    public static Delivery Retry(string reason, TimeSpan? after = null, bool sinkDown = true) =>
        new(DeliveryResult.Retry, reason) { RetryAfter = after, SinkDown = sinkDown };

    public static Delivery Refused(string reason) => new(DeliveryResult.Refused, reason);

    public static Delivery Ended(string reason) => new(DeliveryResult.Ended, reason);
}
