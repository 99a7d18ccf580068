using System.Text;

namespace LogShipper.Simulation.Files;

/// <summary>nginx and logrotate for one log: writes whole lines with O_APPEND (or tears them), rotates, truncates, compresses.</summary>
internal sealed class SimulatedNginx(int log, Scenario scenario, SimulatedDisk disk, List<Line> lines, Random random, TimeProvider time)
{
    private SimulatedFile? _open;
    private Line? _torn;
    private DateTimeOffset? _reopenAt;
    private int _dates;
    private readonly string _live = scenario.LiveName(log);
    private Copy? _copy;
    private SimulatedFile? _emptied;
    private DateTimeOffset _emptiedAt;
    private Compression? _compression;

    public SimulatedFile? Open => _open;

    /// <summary>When a newer file of the log was made last.</summary>
    public DateTimeOffset SuccessorAt { get; private set; }

    /// <summary>Whether the writer still owes the rest of a line.</summary>
    public bool HasTorn => _torn is not null;

    public void WriteLines(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Write(Text(20 + random.Next(random.Next(4) == 0 ? 400 : 100), poison: false));
        }
    }

    public void WriteLong() => Write(Text(random.Next(2) == 0 ? scenario.BatchBytes + random.Next(scenario.BatchBytes) : scenario.MaxLineBytes - 2 + random.Next(4) * random.Next(scenario.MaxLineBytes), poison: false));

    /// <summary>A good line follows: a sink that refuses whole requests is believed only once it has accepted something.</summary>
    public void WritePoison()
    {
        Write(Text(60, poison: true));
        WriteLines(1);
    }

    public void WriteTorn()
    {
        CompleteTorn();
        var line = Add(Text(40 + random.Next(200), poison: false));
        Append(line, 1 + random.Next(line.Bytes.Length - 1));
        _torn = line;
    }

    public void CompleteTorn()
    {
        if (_torn is { } line)
        {
            _torn = null;
            Append(line, line.Bytes.Length - line.Written);
        }
    }

    public void AbandonTorn() => _torn = null;

    public void RotateByNumber(TimeSpan reopenAfter)
    {
        if (_copy is not null || _compression is not null)
        {
            return;
        }

        Shift();
        Move($"{_live}.1", reopenAfter);
    }

    public void RotateByDate(TimeSpan reopenAfter) => Move($"{_live}-{20260101 + _dates++}", reopenAfter);

    public void Reopen()
    {
        _reopenAt = null;
        if (random.Next(2) == 0)
        {
            CompleteTorn();
        }

        Close();
        OpenLive();
    }

    public void Close()
    {
        if (_open is { } file)
        {
            _open = null;
            file.Writers--;
            disk.Forget(file);
        }
    }

    public void CopyAndTruncate()
    {
        if (_copy is null && _compression is null && disk.Names.TryGetValue(_live, out var file))
        {
            Shift();
            var copy = disk.Create($"{_live}.1");
            copy.Writers++;
            SuccessorAt = time.GetUtcNow();
            _copy = new Copy(file, copy);
        }
    }

    public void TruncateLive()
    {
        // A copy of a file that is emptied meanwhile would begin with one content and end with another: no proof could tell.
        if (_copy is null && disk.Names.TryGetValue(_live, out var file))
        {
            file.Truncate();
            disk.Changed(file);
            SuccessorAt = time.GetUtcNow();
        }
    }

    /// <summary>gzip leaves files alone that have other names.</summary>
    public void Compress()
    {
        if (_compression is null && _copy is null && Rotated().Find(name => !name.EndsWith(".gz", StringComparison.Ordinal) && disk.Names[name] is var file && file != _open && file.Links == 1) is { } name)
        {
            var compressed = disk.Create($"{name}.gz");
            compressed.Writers++;
            compressed.Compress(disk.Names[name], 0.5);
            _compression = new Compression(name, disk.Names[name], compressed);
        }
    }

    public void DeleteOldest()
    {
        if (_copy is null && _compression is null && Rotated() is [var oldest, ..])
        {
            disk.Unlink(oldest);
        }
    }

    public void DeleteLive()
    {
        // A file that is removed while it is copied leaves nothing that could tell its copy from a file of its own; nor does one that was
        // copied and emptied, for a process that starts without knowing of it.
        if (_copy is null && (disk.Names.GetValueOrDefault(_live) != _emptied || (scenario.ProcessLivesOn && !disk.IsFaulty) || disk.IsKnownSince(_emptiedAt)))
        {
            disk.Unlink(_live);
        }
    }

    public void LinkLive()
    {
        if (_copy is null && _compression is null && disk.Names.TryGetValue(_live, out var file))
        {
            Shift();
            disk.Link($"{_live}.1", file);
        }
    }

    /// <summary>What goes on by itself: reopening, copying, compressing.</summary>
    public void Advance(bool atOnce)
    {
        if (_reopenAt is { } due && (atOnce || due <= time.GetUtcNow()))
        {
            Reopen();
        }

        do
        {
            AdvanceCopy();
        }
        while (atOnce && _copy is not null);

        if (_compression is { } compression)
        {
            _compression = null;
            compression.To.Compress(compression.From, 1);
            disk.Changed(compression.To);
            compression.To.Writers--;
            if (disk.Names.GetValueOrDefault(compression.Name) == compression.From)
            {
                disk.Unlink(compression.Name);
            }
        }
    }

    private void AdvanceCopy()
    {
        if (_copy is not { } copy)
        {
            return;
        }

        if (!copy.Ended)
        {
            if (copy.To.Length < copy.From.Length)
            {
                copy.To.CopyFrom(copy.From, copy.To.Length + 1 + random.Next(copy.From.Length - copy.To.Length), time.GetUtcNow());
                disk.Changed(copy.To);
            }

            if (copy.To.Length >= copy.From.Length)
            {
                copy.Ended = true;
                copy.To.Writers--;
            }
        }
        else if (random.Next(2) == 0)
        {
            _copy = null;
            if (random.Next(3) == 0)
            {
                // Written between the copy and the truncation: nobody can save it but who has read it already.
                WriteLines(1);
            }

            copy.From.Truncate();
            disk.Changed(copy.From);
            _emptied = copy.From;
            _emptiedAt = time.GetUtcNow();
            SuccessorAt = time.GetUtcNow();
        }
    }

    private void Move(string name, TimeSpan reopenAfter)
    {
        if (_copy is not null || !disk.Names.ContainsKey(_live))
        {
            return;
        }

        disk.Rename(_live, name);
        if (reopenAfter == TimeSpan.Zero)
        {
            Reopen();
            return;
        }

        _reopenAt = time.GetUtcNow() + reopenAfter;
        if (random.Next(2) == 0)
        {
            // logrotate's `create`: the new file is there before nginx knows of it.
            disk.Create(_live);
            SuccessorAt = time.GetUtcNow();
        }
    }

    private void Shift()
    {
        for (var number = scenario.Keep; number >= 1; number--)
        {
            foreach (var suffix in (string[])["", ".gz"])
            {
                var name = $"{_live}.{number}{suffix}";
                if (!disk.Names.ContainsKey(name))
                {
                    continue;
                }

                if (number == scenario.Keep)
                {
                    disk.Unlink(name);
                }
                else
                {
                    disk.Rename(name, $"{_live}.{number + 1}{suffix}");
                }
            }
        }
    }

    /// <summary>Rotated names, oldest first.</summary>
    private List<string> Rotated() =>
        [.. disk.Names.Keys.Where(name => name != _live && name.StartsWith(_live, StringComparison.Ordinal)).OrderByDescending(name => name.Contains('-', StringComparison.Ordinal) ? 0 : name[_live.Length + 1] - '0')];

    private void OpenLive()
    {
        if (!disk.Names.TryGetValue(_live, out var file))
        {
            file = disk.Create(_live);
            SuccessorAt = time.GetUtcNow();
        }

        file.Writers++;
        _open = file;
    }

    private void Write(byte[] text)
    {
        CompleteTorn();
        if (_open is null)
        {
            OpenLive();
        }

        if (scenario.BeginsAlike && _open!.Length == 0)
        {
            Append(Add(Encoding.UTF8.GetBytes($"{Time()}the same first line\n")));
            Append(Add(Encoding.UTF8.GetBytes($"{Time()}the same second line, a little longer\n")));
        }

        Append(Add(text));
        if (scenario.JoinsLines && random.Next(4) == 0)
        {
            Append(Add(Encoding.UTF8.GetBytes($"   and goes on {lines.Count}\n")));
        }
    }

    private Line Add(byte[] text)
    {
        var line = new Line(lines.Count, log, text);
        lines.Add(line);
        return line;
    }

    private void Append(Line line) => Append(line, line.Bytes.Length);

    private void Append(Line line, int length)
    {
        if (_open is null)
        {
            OpenLive();
        }

        _open!.Append(line, line.Written, length, time.GetUtcNow());
        line.Written += length;
        disk.Changed(_open);
    }

    private byte[] Text(int length, bool poison)
    {
        var number = scenario.EqualLines && random.Next(2) == 0 && _open is { Length: > 0 } ? random.Next(3) : lines.Count;
        var text = new StringBuilder($"{Time()}{number} of {log}{(poison ? " POISON" : "")} ");
        var padding = scenario.EqualLines && number < 3 ? 20 : length;
        while (text.Length < padding)
        {
            text.Append((char)('a' + (text.Length % 26)));
        }

        return Encoding.UTF8.GetBytes(text.Append('\n').ToString());
    }

    private string Time() => scenario.JoinsLines ? "2026/01/01 00:00:00 [error] 1#1: *1 " : "";

    private sealed record Copy(SimulatedFile From, SimulatedFile To)
    {
        /// <summary>The end of the original was reached: what is written from now on is not copied.</summary>
        public bool Ended { get; set; }
    }


    private sealed record Compression(string Name, SimulatedFile From, SimulatedFile To);
}
