using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;

namespace LogShipper.Demo;

/// <summary>What the receiver has seen so far.</summary>
internal readonly record struct BulkTally
{
    /// <summary>Bulk requests, those that were cut or refused included.</summary>
    public long Requests { get; init; }

    /// <summary>Items in the requests that were read.</summary>
    public long Attempts { get; init; }

    /// <summary>Documents that are there.</summary>
    public long Stored { get; init; }

    /// <summary>Items answered 409: their id was there.</summary>
    public long Conflicts { get; init; }

    /// <summary>Items answered 4xx but 409 and 429.</summary>
    public long Rejected { get; init; }

    /// <summary>Items answered 429 or 5xx.</summary>
    public long Busy { get; init; }

    /// <summary>Stored documents whose id stands in another index as well: the same record twice.</summary>
    public long RepeatedIds { get; init; }

    /// <summary>Stored documents whose content was there already under another id: the same record twice.</summary>
    public long RepeatedContents { get; init; }

    /// <summary>Conflicts in which the document was not the one that is there: an id that does not belong to one record.</summary>
    public long Altered { get; init; }
}

/// <summary>The documents that a receiver was sent: by id and by content, in some fifty bytes each.</summary>
internal sealed class BulkReceiverStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<UInt128, ulong> _documents = [];
    private readonly HashSet<UInt128> _ids = [];
    private readonly Dictionary<string, int> _contents = new(StringComparer.Ordinal);
    private readonly HashSet<ulong> _hashes = [];
    private readonly Dictionary<string, byte[]> _kept = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _indexes = new(StringComparer.Ordinal);
    private readonly List<(long Stored, TaskCompletionSource Reached)> _waiters = [];
    private readonly Func<ReadOnlyMemory<byte>, string?>? _contentOf;
    private readonly bool _keeps;
    private BulkTally _tally;

    public BulkReceiverStore(BulkReceiverOptions options)
    {
        _contentOf = options.ContentOf;
        _keeps = options.KeepsDocuments;
    }

    public BulkTally Tally
    {
        get
        {
            lock (_gate)
            {
                return _tally;
            }
        }
    }

    /// <summary>Number of the request that arrived.</summary>
    public long Arrived()
    {
        lock (_gate)
        {
            _tally = _tally with { Requests = _tally.Requests + 1 };
            return _tally.Requests;
        }
    }

    /// <summary>Number of the item.</summary>
    public long Attempted()
    {
        lock (_gate)
        {
            _tally = _tally with { Attempts = _tally.Attempts + 1 };
            return _tally.Attempts;
        }
    }

    public void Refused(int status)
    {
        lock (_gate)
        {
            if (status == 429 || status >= 500)
            {
                _tally = _tally with { Busy = _tally.Busy + 1 };
            }
            else if (status >= 400)
            {
                _tally = _tally with { Rejected = _tally.Rejected + 1 };
            }
        }
    }

    /// <summary>False: the id is there already.</summary>
    public bool TryStore(in BulkItem item)
    {
        var idHash = XxHash128.HashToUInt128(Encoding.UTF8.GetBytes(item.Id));
        var key = XxHash128.HashToUInt128(Encoding.UTF8.GetBytes($"{item.Index}\0{item.Id}"));
        var content = _contentOf?.Invoke(item.Document);
        // A record that is read again carries a later event.created: where contents are told apart, they alone count.
        var hash = _contentOf is null ? XxHash3.HashToUInt64(item.Document.Span) : XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(content ?? ""));
        lock (_gate)
        {
            ref var stored = ref CollectionsMarshal.GetValueRefOrAddDefault(_documents, key, out var present);
            if (present)
            {
                _tally = _tally with { Conflicts = _tally.Conflicts + 1, Altered = _tally.Altered + (stored == hash ? 0 : 1) };
                return false;
            }

            stored = hash;
            CollectionsMarshal.GetValueRefOrAddDefault(_indexes, item.Index, out _)++;
            _tally = _tally with
            {
                Stored = _tally.Stored + 1,
                RepeatedIds = _tally.RepeatedIds + (_ids.Add(idHash) ? 0 : 1),
                RepeatedContents = _tally.RepeatedContents + (IsNew(content, hash) ? 0 : 1),
            };
            if (_keeps)
            {
                _kept[item.Id] = item.Document.ToArray();
            }

            for (var i = _waiters.Count - 1; i >= 0; i--)
            {
                if (_waiters[i].Stored <= _tally.Stored)
                {
                    _waiters[i].Reached.TrySetResult();
                    _waiters.RemoveAt(i);
                }
            }

            return true;
        }
    }

    public Task StoredAsync(long count, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (_tally.Stored >= count)
            {
                return Task.CompletedTask;
            }

            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((count, reached));
            return reached.Task.WaitAsync(cancellation);
        }
    }

    public int TimesStored(string content)
    {
        lock (_gate)
        {
            return _contents.GetValueOrDefault(content);
        }
    }

    public Dictionary<string, int> Contents()
    {
        lock (_gate)
        {
            return new Dictionary<string, int>(_contents, StringComparer.Ordinal);
        }
    }

    public Dictionary<string, byte[]> Documents()
    {
        lock (_gate)
        {
            return new Dictionary<string, byte[]>(_kept, StringComparer.Ordinal);
        }
    }

    public Dictionary<string, long> Indexes()
    {
        lock (_gate)
        {
            return new Dictionary<string, long>(_indexes, StringComparer.Ordinal);
        }
    }

    private bool IsNew(string? content, ulong hash)
    {
        if (_contentOf is null)
        {
            return _hashes.Add(hash);
        }

        return content is null || ++CollectionsMarshal.GetValueRefOrAddDefault(_contents, content, out _) == 1;
    }
}
