using System.Diagnostics.Metrics;

namespace LogShipper.Diagnostics;

/// <summary>Creates the instruments of one <see cref="Meter"/> and keeps what the documentation says of each.</summary>
internal sealed class InstrumentSet(Meter meter)
{
    private readonly List<InstrumentNote> _notes = [];

    public IReadOnlyList<InstrumentNote> Notes => _notes;

    /// <summary>A sum that never falls, observed.</summary>
    public void Counter<T>(string name, string unit, string meaning, string[] labels, Func<IEnumerable<Measurement<T>>> observe)
        where T : struct
    {
        meter.CreateObservableCounter(name, observe, unit, meaning);
        Note(name, "counter", unit, labels, meaning);
    }

    /// <summary>A value of this moment, observed.</summary>
    public void Gauge<T>(string name, string unit, string meaning, string[] labels, Func<IEnumerable<Measurement<T>>> observe)
        where T : struct
    {
        meter.CreateObservableGauge(name, observe, unit, meaning);
        Note(name, "gauge", unit, labels, meaning);
    }

    public Histogram<T> Histogram<T>(string name, string unit, string meaning, string[] labels, T[] boundaries)
        where T : struct
    {
        Note(name, "histogram", unit, labels, meaning);
        return meter.CreateHistogram(name, unit, meaning, tags: null, new InstrumentAdvice<T> { HistogramBucketBoundaries = boundaries });
    }

    private void Note(string name, string kind, string unit, string[] labels, string meaning) => _notes.Add(new InstrumentNote(name, kind, unit, labels, meaning));
}
