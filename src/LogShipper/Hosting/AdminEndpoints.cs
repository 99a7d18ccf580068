using LogShipper.Configuration;
using LogShipper.Shipping;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace LogShipper.Hosting;

/// <summary>The admin port. A dead or slow sink fails none of its probes: restarting would not mend it.</summary>
internal static class AdminEndpoints
{
    /// <summary><c>/livez</c>: every loop turns. <c>/readyz</c>: the plan is applied.</summary>
    public static void Map(WebApplication application, Fleet fleet, Func<bool> isReady)
    {
        application.MapGet("/livez", () => Answer(fleet.IsAlive, "alive", "a loop has not turned for over a minute beyond its own deadline"));
        application.MapGet("/readyz", () => Answer(isReady(), "ready", "the configuration is not applied yet"));
    }

    /// <summary>Small limits: nothing here has a body, and a flood must not cost the shipping.</summary>
    public static void Bound(WebApplicationBuilder builder, AdminPlan plan) => builder.WebHost.ConfigureKestrel(kestrel =>
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = 64;
        kestrel.Limits.MaxRequestBodySize = 0;
        kestrel.Limits.MaxRequestHeadersTotalSize = 8 * 1024;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(30);
        kestrel.Listen(plan.Address, plan.Port);
    });

    private static IResult Answer(bool good, string yes, string no) =>
        good ? Results.Text($"{yes}\n") : Results.Text($"{no}\n", statusCode: StatusCodes.Status503ServiceUnavailable);
}
