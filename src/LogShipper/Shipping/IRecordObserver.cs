using LogShipper.Parsing;

namespace LogShipper.Shipping;

/// <summary>Notes what the records of one log say, wherever they are parsed.</summary>
internal interface IRecordObserver
{
    /// <summary>Notes what a record says. Called by one thread at a time.</summary>
    void Observe(ref Record record);

    /// <summary>What was noted since the last call counts from now on.</summary>
    void Count();
}

/// <summary>A sink that only counts what it sees: to it, a record that was parsed for another sink need not be sent.</summary>
internal interface IObservingSink : ISink
{
    /// <summary>Made once for each log.</summary>
    IRecordObserver CreateObserver(SinkLog log);
}
