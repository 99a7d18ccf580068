using LogShipper.Parsing;

namespace LogShipper.Shipping;

/// <summary>Notes what the records of one log say, wherever they are parsed.</summary>
internal interface IRecordObserver
{
    /// <summary>Notes what a record says. Called by one thread at a time.</summary>
    void Observe(ref Record record);

    /// <summary>What was noted since the last call.</summary>
    /// <param name="before">It is added to this, if there is any.</param>
    IObservations Take(IObservations? before);
}

/// <summary>What some records say.</summary>
internal interface IObservations
{
    /// <summary>It counts from now on. Called once.</summary>
    void Count();
}

/// <summary>A sink that only counts what it sees: to it, a record that was parsed for another sink need not be sent.</summary>
internal interface IObservingSink : ISink
{
    /// <summary>Made once for each log.</summary>
    IRecordObserver CreateObserver(SinkLog log);
}
