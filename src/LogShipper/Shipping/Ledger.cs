using LogShipper.Tailing;

namespace LogShipper.Shipping;

/// <summary>An amount of log: bytes and records.</summary>
internal readonly record struct Amount(long Bytes, long Records)
{
    public static Amount operator +(Amount left, Amount right) => new(left.Bytes + right.Bytes, left.Records + right.Records);

    public static Amount operator -(Amount left, Amount right) => new(left.Bytes - right.Bytes, left.Records - right.Records);
}

/// <summary>
/// What became of the bytes and records of one log for one sink since the start. It closes:
/// read = acknowledged + dead-lettered + filtered + lost + in flight. Bytes that are found to be lost before they were
/// read count as read and lost. Written by one lane, read by anybody.
/// </summary>
internal sealed class Ledger
{
    private readonly Lock _lock = new();
    private readonly Amount[] _lost = new Amount[Enum.GetValues<LossReason>().Length];
    private Amount _read;
    private Amount _acknowledged;
    private Amount _deadLettered;
    private Amount _filtered;
    private Amount _inFlight;
    private Amount _givenBack;
    private long _late;
    private long _duplicates;

    public void Read(Amount amount)
    {
        lock (_lock)
        {
            _read += amount;
            _inFlight += amount;
        }
    }

    /// <summary>A batch was given back unsettled: it will be read again.</summary>
    public void GaveBack(Amount amount)
    {
        lock (_lock)
        {
            _read -= amount;
            _givenBack += amount;
            _inFlight -= amount;
        }
    }

    /// <summary>A lane was stopped: what it had read and could not settle is read again by the next one.</summary>
    public void GaveBackTheRest()
    {
        lock (_lock)
        {
            _read -= _inFlight;
            _givenBack += _inFlight;
            _inFlight = default;
        }
    }

    public void Settled(Amount acknowledged, Amount deadLettered, Amount filtered)
    {
        lock (_lock)
        {
            _acknowledged += acknowledged;
            _deadLettered += deadLettered;
            _filtered += filtered;
            _inFlight = _inFlight - acknowledged - deadLettered - filtered;
        }
    }

    /// <summary>Bytes in flight turn out to be lost (the rest of a long line).</summary>
    public void LostInFlight(LossReason reason, Amount amount)
    {
        lock (_lock)
        {
            _lost[(int)reason] += amount;
            _inFlight -= amount;
        }
    }

    /// <summary>Bytes that could never be read.</summary>
    public void LostUnread(LossReason reason, Amount amount)
    {
        lock (_lock)
        {
            _read += amount;
            _lost[(int)reason] += amount;
        }
    }

    /// <summary>Dead letters that had to make room: lost after all.</summary>
    public void LostDeadLetters(Amount amount)
    {
        lock (_lock)
        {
            _deadLettered -= amount;
            _lost[(int)LossReason.DeadLetterDropped] += amount;
        }
    }

    /// <summary>Whether it closes with what is really in flight.</summary>
    /// <param name="inFlight">What stands in the window.</param>
    /// <param name="mismatch">What is missing on the right of the equation, negative: what is too much.</param>
    public bool Closes(Amount inFlight, out Amount mismatch)
    {
        lock (_lock)
        {
            mismatch = _read - _acknowledged - _deadLettered - _filtered - inFlight;
            foreach (var amount in _lost)
            {
                mismatch -= amount;
            }
        }

        return mismatch == default;
    }

    public void CountLate(long records) => Interlocked.Add(ref _late, records);

    public void CountDuplicates(long records) => Interlocked.Add(ref _duplicates, records);

    public LedgerReading Take()
    {
        lock (_lock)
        {
            return new LedgerReading(_read, _acknowledged, _deadLettered, _filtered, [.. _lost], _inFlight, Interlocked.Read(ref _late), Interlocked.Read(ref _duplicates)) { GivenBack = _givenBack };
        }
    }
}

/// <summary>A ledger at one moment.</summary>
/// <param name="Read">Taken over: read, or found to be lost.</param>
/// <param name="Acknowledged">Delivered.</param>
/// <param name="DeadLettered">Refused for what they contain, kept as dead letters (ours or the sink's failure store).</param>
/// <param name="Filtered">Left out because the configuration says so.</param>
/// <param name="LostByReason">Indexed by <see cref="LossReason"/>.</param>
/// <param name="InFlight">Read and not settled.</param>
/// <param name="LateRecords">Records that arrived in a file after a newer one had come.</param>
/// <param name="DuplicateRecords">Records that the sink already had under our id: a resend after a crash or a lost answer.</param>
internal sealed record LedgerReading(
    Amount Read, Amount Acknowledged, Amount DeadLettered, Amount Filtered, IReadOnlyList<Amount> LostByReason, Amount InFlight, long LateRecords, long DuplicateRecords)
{
    /// <summary>Read, given back unsettled and so no part of <see cref="Read"/> any more: with it a sum that never falls.</summary>
    public Amount GivenBack { get; init; }

    public Amount Lost
    {
        get
        {
            var sum = default(Amount);
            foreach (var amount in LostByReason)
            {
                sum += amount;
            }

            return sum;
        }
    }

    public bool Closes => Read == Acknowledged + DeadLettered + Filtered + Lost + InFlight;
}
