using LogShipper.Shipping;

namespace LogShipper.Simulation.Files;

/// <summary>The simulated process has died here: what runs on after this is a ghost.</summary>
internal sealed class ProcessDied : Exception;

/// <summary>Where in a write to the state directory the process dies.</summary>
internal enum DeathAt
{
    Nowhere,

    /// <summary>Before anything reached the disk.</summary>
    BeforeWriting,

    /// <summary>A beginning of an append reached the disk; a replacement did not happen.</summary>
    HalfWritten,

    /// <summary>All is on the disk, and nobody was told.</summary>
    AfterWriting,
}

/// <summary>The state directory in memory: survives the process, keeps what it said it had kept, and can be full.</summary>
internal sealed class SimulatedState
{
    public Dictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>What of it was made durable: stays when the machine dies.</summary>
    public Dictionary<string, byte[]> Synced { get; } = new(StringComparer.Ordinal);

    /// <summary>Nothing can be written.</summary>
    public bool IsFull { get; set; }

    /// <summary>Nothing can be read.</summary>
    public bool IsUnreadable { get; set; }

    public DeathAt Death { get; set; }

    /// <summary>Writes until the death.</summary>
    public int DeathAfter { get; set; }

    public bool HasDied { get; set; }
}

/// <summary>The state directory as one process sees it.</summary>
internal sealed class ProcessState(SimulatedState state, Action<string, byte[], bool> saved) : IStateDirectory
{
    private bool _dead;

    public bool HasFailed { get; private set; }

    /// <summary>What this process has written last, and not made durable.</summary>
    public List<string> Unsynced { get; } = [];

    public void Die() => _dead = true;

    public byte[]? Read(string name)
    {
        Live();
        return state.IsUnreadable ? throw new IOException("the state directory cannot be read") : state.Files.GetValueOrDefault(name);
    }

    public void Replace(string name, ReadOnlySpan<byte> bytes) => Replace(name, bytes, isSynced: true);

    public void ReplaceUnsynced(string name, ReadOnlySpan<byte> bytes) => Replace(name, bytes, isSynced: false);

    private void Replace(string name, ReadOnlySpan<byte> bytes, bool isSynced)
    {
        Live();
        Refuse();
        var death = Death();
        if (death is DeathAt.BeforeWriting or DeathAt.HalfWritten)
        {
            Kill();
        }

        var copy = bytes.ToArray();
        saved(name, copy, isSynced);
        state.Files[name] = copy;
        Unsynced.Remove(name);
        if (isSynced)
        {
            state.Synced[name] = copy;
        }
        else
        {
            Unsynced.Add(name);
        }

        if (death == DeathAt.AfterWriting)
        {
            Kill();
        }
    }

    public void Append(string name, ReadOnlySpan<byte> bytes)
    {
        Live();
        Refuse();
        var death = Death();
        if (death == DeathAt.BeforeWriting)
        {
            Kill();
        }

        var kept = death == DeathAt.HalfWritten ? bytes[..(bytes.Length / 2)] : bytes;
        state.Files[name] = [.. state.Files.GetValueOrDefault(name) ?? [], .. kept];
        state.Synced[name] = state.Files[name];
        if (death != DeathAt.Nowhere)
        {
            Kill();
        }
    }

    public void SetAside(string name)
    {
        Live();
        state.Files.Remove(name);
        state.Synced.Remove(name);
    }

    private void Live()
    {
        if (_dead)
        {
            throw new ProcessDied();
        }
    }

    private void Refuse()
    {
        if (state.IsFull)
        {
            HasFailed = true;
            throw new IOException("no space left on device");
        }
    }

    private DeathAt Death()
    {
        if (state.Death == DeathAt.Nowhere || state.DeathAfter-- > 0)
        {
            return DeathAt.Nowhere;
        }

        var death = state.Death;
        state.Death = DeathAt.Nowhere;
        return death;
    }

    private void Kill()
    {
        _dead = true;
        state.HasDied = true;
        throw new ProcessDied();
    }
}
