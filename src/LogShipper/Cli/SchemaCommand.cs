using System.CommandLine;
using LogShipper.Configuration;

namespace LogShipper.Cli;

/// <summary><c>logshipper schema</c>: what an editor needs to complete and check a configuration.</summary>
internal static class SchemaCommand
{
    public static Command Create()
    {
        var command = new Command("schema", "Print the JSON schema of the configuration: with it editors complete and check the file.");
        command.SetAction(async (parsed, _) =>
        {
            await parsed.InvocationConfiguration.Output.WriteAsync(ConfigurationSchema.Write());
            return ExitCode.Success;
        });
        return command;
    }
}
