using System.Buffers;
using System.Text.Json;
using LogShipper.Configuration;
using LogShipper.Payloads;
using LogShipper.Tailing;

namespace LogShipper.Shipping;

/// <summary>
/// The records of one lane that its sink refused for what they contain: NDJSON in the state directory, one object a
/// record with <c>id, log, sink, path, file, offset, time, reason, detail, line</c> (<c>line_base64</c> where the line is
/// not UTF-8). Durable before the checkpoint moves over them; keyed by id, so that a crash in between doubles none.
/// </summary>
internal sealed class DeadLetters : IRejectedRecords
{
    private readonly string _name;
    private readonly string _sink;
    private readonly IStateDirectory _state;
    private readonly DeadLetterPlan _plan;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private HashSet<string>? _ids;
    private long _length;
    private int _stateLosses;
    private volatile int _kept = -1;

    public DeadLetters(string name, string sink, IStateDirectory state, DeadLetterPlan plan, TimeProvider time)
    {
        _name = name;
        _sink = sink;
        _state = state;
        _plan = plan;
        _time = time;
    }

    /// <summary>How many are kept now, as far as that is known without waiting for the disk's work on them; null: it is not.</summary>
    public int? Kept
    {
        get
        {
            if (_lock.TryEnter())
            {
                try
                {
                    _kept = (_ids ??= Load()).Count;
                }
                catch (IOException)
                {
                    return null;
                }
                finally
                {
                    _lock.Exit();
                }
            }

            return _kept is >= 0 and var kept ? kept : null;
        }
    }

    /// <summary>How large their file is; 0 as long as that is not known.</summary>
    public long Bytes => Interlocked.Read(ref _length);

    /// <summary>How large it may become.</summary>
    public long MaxBytes => _plan.MaxBytes;

    /// <summary>Told of each file of which dead letters had to make room: where the first and the last of them stood, and how much they were.</summary>
    public Action<string, long, long, Amount>? Dropped { get; init; }

    /// <summary>Keeps the records of a batch that stand in <paramref name="rejected"/>, durably.</summary>
    /// <param name="batch">Where they stand.</param>
    /// <param name="rejected">Index in the batch, with the reason and what the sink said.</param>
    /// <param name="dropped">Dead letters that had to make room.</param>
    /// <returns>False: there is no room, nothing was kept.</returns>
    /// <exception cref="IOException">The disk refused; nothing was kept.</exception>
    public bool TryKeep(Batch batch, IReadOnlyDictionary<int, (string Reason, string? Detail)> rejected, out Amount dropped)
    {
        dropped = default;
        lock (_lock)
        {
            var known = Known();
            var buffer = new ArrayBufferWriter<byte>();
            var added = new List<string>();
            foreach (var record in batch)
            {
                if (rejected.TryGetValue(record.Index, out var why))
                {
                    var id = IdOf(batch, record);
                    if (!known.Contains(id))
                    {
                        Write(buffer, id, batch, record, why.Reason, why.Detail);
                        added.Add(id);
                    }
                }
            }

            if (added.Count == 0)
            {
                return true;
            }

            if (_length + buffer.WrittenCount > _plan.MaxBytes)
            {
                if (_plan.WhenFull == WhenFull.Stop)
                {
                    return false;
                }

                dropped = MakeRoom(buffer.WrittenCount);
            }

            _state.Append(_name, buffer.WrittenSpan);
            _length += buffer.WrittenCount;
            known.UnionWith(added);
            return true;
        }
    }

    /// <summary>All of them as they stand in the file.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public byte[] ReadAll()
    {
        lock (_lock)
        {
            return _state.Read(_name) ?? [];
        }
    }

    /// <summary>Takes out those that the sink has taken by now, durably.</summary>
    /// <returns>How many were there.</returns>
    /// <exception cref="IOException">The disk refused; nothing was taken out.</exception>
    public int Remove(IReadOnlySet<string> ids)
    {
        lock (_lock)
        {
            var known = Known();
            var bytes = _state.Read(_name) ?? [];
            var kept = new ArrayBufferWriter<byte>(Math.Max(1, bytes.Length));
            var removed = 0;
            for (var from = 0; from < bytes.Length;)
            {
                var newline = bytes.AsSpan(from).IndexOf((byte)'\n');
                var next = newline < 0 ? bytes.Length : from + newline + 1;
                var line = bytes.AsSpan(from, next - from);
                if (ReadId(line) is { } id && ids.Contains(id))
                {
                    removed++;
                }
                else
                {
                    kept.Write(line);
                }

                from = next;
            }

            if (removed > 0)
            {
                _state.Replace(_name, kept.WrittenSpan);
                _length = kept.WrittenCount;
                known.ExceptWith(ids);
            }

            return removed;
        }
    }

    private static string IdOf(Batch batch, in RawRecord record)
    {
        Span<byte> id = stackalloc byte[DocumentId.Length];
        DocumentId.Write(batch.File, record, id);
        return System.Text.Encoding.ASCII.GetString(id);
    }

    private void Write(ArrayBufferWriter<byte> buffer, string id, Batch batch, in RawRecord record, string reason, string? detail)
    {
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("id", id);
            json.WriteString("log", batch.Log);
            json.WriteString("sink", _sink);
            json.WriteString("path", batch.Path);
            json.WriteString("file", batch.File.ToString());
            json.WriteNumber("offset", record.Offset);
            json.WriteString("time", _time.GetUtcNow());
            json.WriteString("reason", reason);
            if (detail is not null)
            {
                json.WriteString("detail", detail);
            }

            if (System.Text.Unicode.Utf8.IsValid(record.Content))
            {
                json.WriteString("line", record.Content);
            }
            else
            {
                json.WriteBase64String("line_base64", record.Content);
            }

            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
    }

    /// <summary>The ids that are in the file; nothing is remembered of a state directory that was lost.</summary>
    private HashSet<string> Known()
    {
        if (_stateLosses != _state.Losses)
        {
            _stateLosses = _state.Losses;
            _ids = null;
        }

        return _ids ??= Load();
    }

    private HashSet<string> Load()
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var bytes = _state.Read(_name) ?? [];
        _length = bytes.Length;
        foreach (var range in bytes.AsSpan().Split((byte)'\n'))
        {
            if (ReadId(bytes.AsSpan()[range]) is { } id)
            {
                ids.Add(id);
            }
        }

        if (bytes.Length > 0 && bytes[^1] != (byte)'\n')
        {
            // A crash tore the last one; it was not settled and will come again.
            _state.Append(_name, "\n"u8);
            _length++;
        }

        return ids;
    }

    private static string? ReadId(ReadOnlySpan<byte> line)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            string? id = null;
            while (reader.Read())
            {
                if (id is null && reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1 && reader.ValueTextEquals("id"u8) && reader.Read())
                {
                    id = reader.GetString();
                }
            }

            return id;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Drops the oldest until the new ones fit with a quarter of the file to spare, so that it is not rewritten for each.</summary>
    private Amount MakeRoom(int needed)
    {
        var bytes = _state.Read(_name) ?? [];
        var keep = Math.Max(0, (_plan.MaxBytes * 3 / 4) - needed);
        var from = 0;
        var dropped = default(Amount);
        var places = new DroppedPlaces();
        while (bytes.Length - from > keep)
        {
            var newline = bytes.AsSpan(from).IndexOf((byte)'\n');
            var next = newline < 0 ? bytes.Length : from + newline + 1;
            var line = bytes.AsSpan(from, next - from);
            if (ReadId(line) is { } id)
            {
                var amount = new Amount(LineBytes(line), 1);
                dropped += amount;
                places.Add(line, amount);
                _ids!.Remove(id);
            }

            from = next;
        }

        _state.Replace(_name, bytes.AsSpan(from));
        _length = bytes.Length - from;
        places.Tell(Dropped);
        return dropped;
    }

    /// <summary>How many bytes the kept line had in its log, newline included.</summary>
    private static long LineBytes(ReadOnlySpan<byte> letter)
    {
        var reader = new Utf8JsonReader(letter);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1)
            {
                var plain = reader.ValueTextEquals("line"u8);
                var encoded = reader.ValueTextEquals("line_base64"u8);
                reader.Read();
                if (plain)
                {
                    return System.Text.Encoding.UTF8.GetByteCount(reader.GetString() ?? "") + 1;
                }

                if (encoded)
                {
                    return reader.GetBytesFromBase64().Length + 1;
                }
            }
        }

        return 0;
    }
}

/// <summary>Where the records go that a sink refused for what they contain.</summary>
internal interface IRejectedRecords
{
    /// <inheritdoc cref="DeadLetters.TryKeep"/>
    bool TryKeep(Batch batch, IReadOnlyDictionary<int, (string Reason, string? Detail)> rejected, out Amount dropped);
}
