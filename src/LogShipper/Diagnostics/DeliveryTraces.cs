using System.Diagnostics;
using LogShipper.Shipping;

namespace LogShipper.Diagnostics;

/// <summary>One span for each delivery attempt, made after the fact. Costs nothing while nobody listens, which is the default.</summary>
internal sealed class DeliveryTraces : IDisposable
{
    private readonly ActivitySource _source = new(ShipperMetrics.MeterName);

    public void Record(in Attempt attempt)
    {
        if (!_source.HasListeners())
        {
            return;
        }

        var (batch, delivery) = (attempt.Batch, attempt.Delivery);
        using var span = _source.StartActivity("deliver", ActivityKind.Client, default(ActivityContext), tags: null, links: null, attempt.Started);
        if (span is null)
        {
            return;
        }

        // Where the records stand and what became of them, never what they say.
        span.SetTag("logshipper.log", attempt.Log);
        span.SetTag("logshipper.sink", attempt.Sink);
        span.SetTag("logshipper.file", batch.File.ToString());
        span.SetTag("logshipper.batch.start", batch.Start);
        span.SetTag("logshipper.batch.end", batch.End);
        span.SetTag("logshipper.batch.records", attempt.Records);
        span.SetTag("logshipper.body.size", attempt.BodyBytes);
        span.SetTag("logshipper.outcome", ShipperMetrics.OutcomeOf(delivery));
        if (delivery.Result != DeliveryResult.Answered || delivery.Items.Count > 0)
        {
            span.SetTag("error.type", delivery.Reason.Length > 0 ? delivery.Reason : delivery.Items.Count > 0 ? delivery.Items[0].Reason : "refused");
            span.SetStatus(ActivityStatusCode.Error);
        }

        span.SetEndTime((attempt.Started + attempt.Duration).UtcDateTime);
    }

    public void Dispose() => _source.Dispose();
}
