using System.Buffers;
using System.Text.Json;
using LogShipper.Shipping;

namespace LogShipper.Sinks.Elasticsearch;

/// <summary>
/// Reads a bulk answer piece by piece, wherever it is cut, and keeps only what is not simply "stored": in constant
/// memory however long the answer is. Fields in any order, unknown ones and any nesting are passed over.
/// Throws <see cref="JsonException"/> when it is no bulk answer.
/// </summary>
internal sealed class BulkAnswerParser
{
    private const int LongestReason = 1024;
    private const int LongestType = 64;
    private const int DeepestNesting = 512;

    // Where we are is the depth of the token: the root's fields at 1, items at 2, operations at 3, their fields at 4,
    // an error's at 5.
    private const int RootDepth = 1;
    private const int ItemDepth = 2;
    private const int OperationDepth = 3;
    private const int FieldDepth = 4;
    private const int ErrorDepth = 5;

    private readonly List<ItemOutcome> _outcomes = [];
    private char[] _reason = [];
    private JsonReaderState _state = new(new JsonReaderOptions { MaxDepth = DeepestNesting });
    private Field _field;
    private bool _inItems;
    private bool _itemsEnded;
    private bool _inError;
    private int _operations;
    private int _status;
    private string? _type;
    private int _reasonLength;
    private StoreUse _failureStore;

    private enum Field : byte
    {
        Other,
        Items,
        Status,
        Error,
        FailureStore,
        ErrorType,
        ErrorReason,
    }

    private enum StoreUse : byte
    {
        None,
        Used,
        Failed,
    }

    /// <summary>What nearly all items are: passed over in one step.</summary>
    private static ReadOnlySpan<byte> Stored => ",{\"create\":{\"status\":201}}"u8;

    /// <summary>Number of items read so far.</summary>
    public int Count { get; private set; }

    /// <summary>Items that were there already.</summary>
    public int Duplicates { get; private set; }

    public IReadOnlyList<ItemOutcome> Outcomes => _outcomes;

    /// <summary>Whether the answer has come to its end and had items in it.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Reads all whole tokens in <paramref name="bytes"/>; returns how many bytes they took.</summary>
    public int Read(ReadOnlySpan<byte> bytes, bool isFinal)
    {
        var reader = new Utf8JsonReader(bytes, isFinal, _state);
        var before = 0;
        try
        {
            while (reader.Read())
            {
                Take(ref reader);
                if (_inItems && reader.TokenType == JsonTokenType.EndObject && reader.CurrentDepth == ItemDepth &&
                    CountStored(bytes[(before + (int)reader.BytesConsumed)..]) is > 0 and var stored)
                {
                    Count += stored;
                    before += (int)reader.BytesConsumed + (stored * Stored.Length);
                    // Behind a whole item the reader's state is what it was behind the one before.
                    reader = new Utf8JsonReader(bytes[before..], isFinal, reader.CurrentState);
                }
            }
        }
        catch (InvalidOperationException error)
        {
            // Text that is no UTF-8.
            throw new JsonException(error.Message, error);
        }

        _state = reader.CurrentState;
        return before + (int)reader.BytesConsumed;
    }

    /// <summary>How many items that were simply stored stand at the beginning, each behind its comma.</summary>
    private static int CountStored(ReadOnlySpan<byte> bytes)
    {
        var count = 0;
        while (bytes.StartsWith(Stored))
        {
            bytes = bytes[Stored.Length..];
            count++;
        }

        return count;
    }

    private void Take(ref Utf8JsonReader reader)
    {
        var depth = reader.CurrentDepth;
        if (reader.TokenType == JsonTokenType.PropertyName)
        {
            _field = FieldAt(depth, ref reader);
            return;
        }

        var field = _field;
        _field = Field.Other;
        if (depth == 0)
        {
            TakeRoot(reader.TokenType);
        }
        else if (!_inItems)
        {
            _inItems = depth == RootDepth && field == Field.Items && Begins(reader.TokenType, JsonTokenType.StartArray);
        }
        else if (depth < FieldDepth)
        {
            TakeStructure(depth, reader.TokenType);
        }
        else
        {
            TakeValue(field, depth, ref reader);
        }
    }

    private Field FieldAt(int depth, ref Utf8JsonReader reader) => depth switch
    {
        RootDepth when reader.ValueTextEquals("items"u8) => Field.Items,
        FieldDepth when !_inItems => Field.Other,
        FieldDepth when reader.ValueTextEquals("status"u8) => Field.Status,
        FieldDepth when reader.ValueTextEquals("error"u8) => Field.Error,
        FieldDepth when reader.ValueTextEquals("failure_store"u8) => Field.FailureStore,
        ErrorDepth when _inError && reader.ValueTextEquals("type"u8) => Field.ErrorType,
        ErrorDepth when _inError && reader.ValueTextEquals("reason"u8) => Field.ErrorReason,
        _ => Field.Other,
    };

    private void TakeRoot(JsonTokenType token)
    {
        if (token == JsonTokenType.EndObject)
        {
            IsComplete = _itemsEnded;
        }
        else if (token != JsonTokenType.StartObject)
        {
            throw new JsonException("The answer is no object.");
        }
    }

    private bool Begins(JsonTokenType token, JsonTokenType expected) =>
        token == expected && !_itemsEnded ? true : throw new JsonException("The items are no list, or stand there twice.");

    private void TakeStructure(int depth, JsonTokenType token)
    {
        switch (depth, token)
        {
            case (RootDepth, JsonTokenType.EndArray):
                _inItems = false;
                _itemsEnded = true;
                break;
            case (ItemDepth, JsonTokenType.StartObject):
                BeginItem();
                break;
            case (ItemDepth, JsonTokenType.EndObject):
                EndItem();
                break;
            case (OperationDepth, JsonTokenType.StartObject):
                _operations++;
                break;
            case (OperationDepth, JsonTokenType.EndObject):
                break;
            default:
                throw new JsonException("An item is no operation.");
        }
    }

    private void BeginItem()
    {
        _operations = 0;
        _status = 0;
        _type = null;
        _reasonLength = 0;
        _failureStore = StoreUse.None;
        _inError = false;
    }

    private void TakeValue(Field field, int depth, ref Utf8JsonReader reader)
    {
        switch (field, reader.TokenType)
        {
            case (Field.Status, JsonTokenType.Number):
                _status = reader.TryGetInt32(out var status) ? status : 0;
                break;
            case (Field.Error, JsonTokenType.StartObject):
                _inError = true;
                break;
            case (Field.Error, JsonTokenType.String):
                _type ??= "error";
                TakeReason(ref reader);
                break;
            case (Field.FailureStore, JsonTokenType.String):
                _failureStore = reader.ValueTextEquals("used"u8) ? StoreUse.Used
                    : reader.ValueTextEquals("failed"u8) ? StoreUse.Failed : StoreUse.None;
                break;
            case (Field.ErrorType, JsonTokenType.String):
                _type = TypeOf(ref reader);
                break;
            case (Field.ErrorReason, JsonTokenType.String):
                TakeReason(ref reader);
                break;
            case (_, JsonTokenType.EndObject) when depth == FieldDepth:
                _inError = false;
                break;
        }
    }

    private static string TypeOf(ref Utf8JsonReader reader)
    {
        // The usual ones cost no string an item: a resend of a batch that is there answers as many conflicts as it has lines.
        if (reader.ValueTextEquals("version_conflict_engine_exception"u8))
        {
            return "version_conflict_engine_exception";
        }

        if (reader.ValueTextEquals("es_rejected_execution_exception"u8))
        {
            return "es_rejected_execution_exception";
        }

        return ErrorType.Sanitize(reader.GetString(), LongestType);
    }

    private void TakeReason(ref Utf8JsonReader reader)
    {
        if (_reason.Length == 0)
        {
            // Most answers say no more than that all was stored.
            _reason = new char[LongestReason];
        }

        var longest = reader.HasValueSequence ? checked((int)reader.ValueSequence.Length) : reader.ValueSpan.Length;
        if (longest <= _reason.Length)
        {
            _reasonLength = reader.CopyString(_reason);
            return;
        }

        var whole = ArrayPool<char>.Shared.Rent(longest);
        try
        {
            _reasonLength = Math.Min(_reason.Length, reader.CopyString(whole));
            whole.AsSpan(0, _reasonLength).CopyTo(_reason);
        }
        finally
        {
            ArrayPool<char>.Shared.Return(whole);
        }
    }

    private void EndItem()
    {
        if (_operations != 1)
        {
            throw new JsonException("An item has no operation, or several.");
        }

        var item = Count++;
        if (_failureStore == StoreUse.Used)
        {
            _outcomes.Add(new ItemOutcome(item, ItemFate.FailureStored, _type ?? "failure_store"));
        }
        else if (_status is >= 200 and < 300 && _type is null)
        {
            // Stored.
        }
        else if (_status == 409 && _type == "version_conflict_engine_exception")
        {
            Duplicates++;
        }
        else if (_status == 400 && _failureStore != StoreUse.Failed && _type is not null && DocumentFault.Is(_type, _reason.AsSpan(0, _reasonLength)))
        {
            _outcomes.Add(new ItemOutcome(item, ItemFate.Rejected, _type, new string(_reason, 0, _reasonLength)));
        }
        else
        {
            _outcomes.Add(new ItemOutcome(item, ItemFate.Retry, ReasonToRetry()));
        }
    }

    private string ReasonToRetry() => (_status, _type) switch
    {
        (429, _) => "429",
        (503, _) => "503",
        (0, _) => "no status",
        ( >= 400 and < 500, { } type) => type,
        var (status, _) => status.ToString(),
    };
}
