// What a Vulkan driver makes of a compute shader, without running it: its statistics on one stream, its code on the
// other. RADV of Mesa up to 25.1 does so for AMD GPUs that are not there (RADV_FORCE_FAMILY).
//
//   statistics FILE.spv > code 2> statistics
#include <stdio.h>
#include <stdlib.h>
#include <vulkan/vulkan.h>

enum { bindings = 16 };

static void checked(VkResult result, const char *what) {
  if (result == VK_SUCCESS) return;
  fprintf(stderr, "%s: error %d\n", what, result);
  exit(1);
}

int main(int count, char **args) {
  FILE *file = count > 1 ? fopen(args[1], "rb") : NULL;
  if (!file) return fprintf(stderr, "statistics FILE.spv\n"), 1;
  fseek(file, 0, SEEK_END);
  size_t bytes = ftell(file);
  rewind(file);
  uint32_t *code = malloc(bytes);
  if (fread(code, 1, bytes, file) != bytes) return 1;

  VkApplicationInfo application = {VK_STRUCTURE_TYPE_APPLICATION_INFO, .apiVersion = VK_API_VERSION_1_3};
  VkInstance instance;
  checked(vkCreateInstance(
              &(VkInstanceCreateInfo){VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO, .pApplicationInfo = &application},
              NULL, &instance), "no Vulkan");
  uint32_t one = 1;
  VkPhysicalDevice gpu;
  if (vkEnumeratePhysicalDevices(instance, &one, &gpu) < 0 || one == 0) return fprintf(stderr, "no GPU\n"), 1;

  VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR executable = {
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_EXECUTABLE_PROPERTIES_FEATURES_KHR};
  VkPhysicalDeviceVulkan13Features v13 = {VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_FEATURES, &executable};
  VkPhysicalDeviceVulkan12Features v12 = {VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES, &v13};
  VkPhysicalDeviceVulkan11Features v11 = {VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES, &v12};
  VkPhysicalDeviceFeatures2 features = {VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2, &v11};
  vkGetPhysicalDeviceFeatures2(gpu, &features);
  float priority = 1;
  VkDeviceQueueCreateInfo queue = {
      VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, .queueCount = 1, .pQueuePriorities = &priority};
  const char *extension = "VK_KHR_pipeline_executable_properties";
  VkDevice device;
  checked(vkCreateDevice(gpu,
                         &(VkDeviceCreateInfo){VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, &features,
                                               .queueCreateInfoCount = 1, .pQueueCreateInfos = &queue,
                                               .enabledExtensionCount = 1, .ppEnabledExtensionNames = &extension},
                         NULL, &device), "no device");

  VkShaderModule module;
  checked(vkCreateShaderModule(
              device,
              &(VkShaderModuleCreateInfo){
                  VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO, .codeSize = bytes, .pCode = code},
              NULL, &module), "no shader");
  VkDescriptorSetLayoutBinding all[bindings];
  for (int i = 0; i < bindings; i++)
    all[i] = (VkDescriptorSetLayoutBinding){
        i, i == 0 ? VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER : VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1,
        VK_SHADER_STAGE_COMPUTE_BIT};
  VkDescriptorSetLayout set;
  checked(vkCreateDescriptorSetLayout(
              device,
              &(VkDescriptorSetLayoutCreateInfo){VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO,
                                                 .bindingCount = bindings, .pBindings = all},
              NULL, &set), "no bindings");
  VkPipelineLayout layout;
  checked(vkCreatePipelineLayout(
              device,
              &(VkPipelineLayoutCreateInfo){
                  VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO, .setLayoutCount = 1, .pSetLayouts = &set},
              NULL, &layout), "no layout");
  VkComputePipelineCreateInfo wanted = {
      VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
      .flags = VK_PIPELINE_CREATE_CAPTURE_STATISTICS_BIT_KHR |
               VK_PIPELINE_CREATE_CAPTURE_INTERNAL_REPRESENTATIONS_BIT_KHR,
      .stage = {VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO, .stage = VK_SHADER_STAGE_COMPUTE_BIT,
                .module = module, .pName = "dawn_entry_point"},
      .layout = layout};
  VkPipeline pipeline;
  checked(vkCreateComputePipelines(device, VK_NULL_HANDLE, 1, &wanted, NULL, &pipeline), "no pipeline");

  VkPipelineExecutableInfoKHR which = {VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INFO_KHR, .pipeline = pipeline};
  PFN_vkGetPipelineExecutableStatisticsKHR statisticsOf =
      (PFN_vkGetPipelineExecutableStatisticsKHR)vkGetDeviceProcAddr(device, "vkGetPipelineExecutableStatisticsKHR");
  uint32_t n = 0;
  statisticsOf(device, &which, &n, NULL);
  VkPipelineExecutableStatisticKHR *statistics = calloc(n, sizeof *statistics);
  for (uint32_t i = 0; i < n; i++) statistics[i].sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_STATISTIC_KHR;
  statisticsOf(device, &which, &n, statistics);
  for (uint32_t i = 0; i < n; i++)
    fprintf(stderr, "%s: %llu\n", statistics[i].name, (unsigned long long)statistics[i].value.u64);

  PFN_vkGetPipelineExecutableInternalRepresentationsKHR codeOf =
      (PFN_vkGetPipelineExecutableInternalRepresentationsKHR)vkGetDeviceProcAddr(
          device, "vkGetPipelineExecutableInternalRepresentationsKHR");
  codeOf(device, &which, &n, NULL);
  VkPipelineExecutableInternalRepresentationKHR *texts = calloc(n, sizeof *texts);
  for (uint32_t i = 0; i < n; i++) texts[i].sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INTERNAL_REPRESENTATION_KHR;
  codeOf(device, &which, &n, texts);
  for (uint32_t i = 0; i < n; i++) texts[i].pData = calloc(1, texts[i].dataSize + 1);
  codeOf(device, &which, &n, texts);
  // The last of them is what the GPU runs.
  if (n > 0 && texts[n - 1].isText) printf("%s", (char *)texts[n - 1].pData);
  fflush(stdout);
  // A GPU that is not there cannot be let go of.
  _Exit(0);
}
